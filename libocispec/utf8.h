/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a text UTF-8?  yajl's own test lets overlong forms, surrogates and code points beyond
 * U+10FFFF pass, so it is not relied on.
 */
#ifndef OCISPEC_UTF8_H
#define OCISPEC_UTF8_H

#include <stddef.h>

/* The offset of the first byte that is not part of a UTF-8 character (RFC 3629), or @len. */
size_t utf8_check(const char *text, size_t len);

#endif
