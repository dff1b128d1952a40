/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in columns; see table.h.
 * Runs in: host.
 */
#include "cmd/table.h"

#include <string.h>

#include "base/str.h"

/* Blanks between two columns. */
#define GAP 3

/* Characters, not bytes: what a terminal advances by. */
static size_t width(const char *cell)
{
	size_t n = 0;

	for (; cell != NULL && *cell != '\0'; n++) {
		size_t bytes = str_utf8(cell);

		cell += bytes > 0 ? bytes : 1;
	}
	return n;
}

static size_t column_width(const char *const *cells, size_t n_rows, size_t n_columns, size_t column)
{
	size_t widest = 0;

	for (size_t row = 0; row < n_rows; row++) {
		size_t w = width(cells[row * n_columns + column]);

		if (w > widest)
			widest = w;
	}
	return widest;
}

void table_print(FILE *out, const char *const *cells, size_t n_rows, size_t n_columns)
{
	for (size_t row = 0; row < n_rows; row++) {
		size_t owed = 0;

		for (size_t column = 0; column < n_columns; column++) {
			const char *cell = cells[row * n_columns + column];
			size_t wide = column_width(cells, n_rows, n_columns, column);

			if (cell != NULL && *cell != '\0') {
				(void)fprintf(out, "%*s%s", (int)owed, "", cell);
				owed = 0;
			}
			owed += wide - width(cell) + GAP;
		}
		(void)fputc('\n', out);
	}
}
