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

void table_print(FILE *out, const char *const *cells, size_t n_rows, size_t n_columns)
{
	size_t wide[TABLE_COLUMNS] = { 0 };

	for (size_t i = 0; i < n_rows * n_columns; i++) {
		size_t w = width(cells[i]);

		if (w > wide[i % n_columns])
			wide[i % n_columns] = w;
	}
	for (size_t row = 0; row < n_rows; row++) {
		size_t owed = 0;

		for (size_t column = 0; column < n_columns; column++) {
			const char *cell = cells[row * n_columns + column];

			if (cell != NULL && *cell != '\0') {
				(void)fprintf(out, "%*s%s", (int)owed, "", cell);
				owed = 0;
			}
			owed += wide[column] - width(cell) + GAP;
		}
		(void)fputc('\n', out);
	}
}
