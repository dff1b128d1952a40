/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in columns.
 * Runs in: host.
 */
#ifndef TARE_CMD_TABLE_H
#define TARE_CMD_TABLE_H

#include <stddef.h>
#include <stdio.h>

/* Columns that a table can have. */
#define TABLE_COLUMNS 16

/*
 * Print @n_rows rows of @n_columns (at most TABLE_COLUMNS) cells each (@cells row by row, NULL is an empty cell), every column as
 * wide as its widest cell, without blanks at the ends of lines.
 */
void table_print(FILE *out, const char *const *cells, size_t n_rows, size_t n_columns);

#endif
