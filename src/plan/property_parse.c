/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The notation in which annotations give a property's value; see property.h.
 * Runs in: host.
 */
#include "plan/property.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"

/* No property of systemd nests deeper; D-Bus itself allows 32 of each. */
enum { MAX_DEPTH = 8 };

/* Types by the words and the letters that may stand before a value, with the range of whole numbers. */
static const struct type {
	const char *word;
	char letter;
	int64_t min;
	uint64_t max;
} types[] = {
	{ "boolean",    'b', 0, 1 },
	{ "byte",       'y', 0, UINT8_MAX },
	{ "int16",      'n', INT16_MIN, INT16_MAX },
	{ "uint16",     'q', 0, UINT16_MAX },
	{ "int32",      'i', INT32_MIN, INT32_MAX },
	{ "uint32",     'u', 0, UINT32_MAX },
	{ "int64",      'x', INT64_MIN, INT64_MAX },
	{ "uint64",     't', 0, UINT64_MAX },
	{ "double",     'd', 0, 0 },
	{ "string",     's', 0, 0 },
	{ "objectpath", 'o', 0, 0 },
	{ "signature",  'g', 0, 0 },
};

enum { N_TYPES = sizeof(types) / sizeof(types[0]) };

/*
 * struct parser
 * @p: what is left of the text
 */
struct parser {
	struct region *region;
	struct plan_property *property;
	const char *p;
	struct err *err;
};

static int refuse(const struct parser *parser, const char *why)
{
	return err_say(parser->err, parser->property->at, "%s at \"%.20s\"", why, parser->p);
}

static void skip_blanks(struct parser *parser)
{
	parser->p += strspn(parser->p, " \t\r\n");
}

static const struct type *find_letter(char letter)
{
	for (size_t i = 0; i < N_TYPES; i++) {
		if (types[i].letter == letter)
			return &types[i];
	}
	return NULL;
}

/* Bytes of the first complete type of @signature, 0 when there is none. */
static size_t type_length(const char *signature, int depth)
{
	size_t n = 1;

	if (depth > MAX_DEPTH)
		return 0;
	if (signature[0] == 'a') {
		n = type_length(signature + 1, depth + 1);
		return n == 0 ? 0 : n + 1;
	}
	if (signature[0] != '(')
		return signature[0] != '\0' && find_letter(signature[0]) != NULL ? 1 : 0;
	while (signature[n] != ')') {
		size_t len = type_length(signature + n, depth + 1);

		if (len == 0)
			return 0;
		n += len;
	}
	return n > 1 ? n + 1 : 0;
}

static const char *copy_type(const struct parser *parser, const char *signature)
{
	return region_format(parser->region, "%.*s", (int)type_length(signature, 0), signature);
}

/* The value is to be of the type @want ("" for any), and is one of @letters; the first of these without a wish. */
static char choose_letter(const char *want, const char *letters)
{
	if (want[0] == '\0')
		return letters[0];
	return strchr(letters, want[0]) != NULL ? want[0] : '\0';
}

static int add_basic(struct parser *parser, char letter, uint64_t number, const char *text, const char **ret_type)
{
	property_add(parser->region, parser->property, letter, number, text);
	*ret_type = region_format(parser->region, "%c", letter);
	return 0;
}

static int parse_double(struct parser *parser, const char *want, const char **ret_type)
{
	char *end;
	double real = strtod(parser->p, &end);

	if (choose_letter(want, "d") == '\0')
		return refuse(parser, "a value of another type is expected");
	if (end == parser->p)
		return refuse(parser, "a number is expected");
	parser->p = end;
	(void)add_basic(parser, 'd', 0, NULL, ret_type);
	parser->property->value[parser->property->n - 1].real = real;
	return 0;
}

/* Whole numbers are of 32 bits unless a type says otherwise. */
static int parse_number(struct parser *parser, const char *want, const char **ret_type)
{
	size_t len = strcspn(parser->p, " \t\r\n,])");
	bool is_negative = parser->p[0] == '-';
	char letter = choose_letter(want, "iynquxt");
	const struct type *type = find_letter(letter);
	const char *digits = parser->p + strspn(parser->p, "+-");
	uint64_t number;
	char *end;

	if (want[0] == 'd' || (strncasecmp(digits, "0x", 2) != 0 && strcspn(parser->p, ".eE") < len))
		return parse_double(parser, want, ret_type);
	if (type == NULL)
		return refuse(parser, "a value of another type is expected");
	if (digits > parser->p + 1 || !isdigit((unsigned char)digits[0]))
		return refuse(parser, "a number is expected");
	errno = 0;
	number = strtoull(digits, &end, 0);
	if (errno == ERANGE || (is_negative ? number > -(uint64_t)type->min : number > type->max))
		return refuse(parser, "a number is out of the range of its type");
	parser->p = end;
	return add_basic(parser, letter, is_negative ? -number : number, NULL, ret_type);
}

/* The character that a backslash and @c stand for. */
static char unescape(char c)
{
	static const char letters[] = "abfnrtv", meanings[] = "\a\b\f\n\r\t\v";
	const char *letter = strchr(letters, c);

	return letter == NULL || c == '\0' ? c : meanings[letter - letters];
}

/* U+@code as UTF-8; the number of bytes, 0 for what is no character of a text. */
static size_t put_utf8(char *out, unsigned long code)
{
	static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	for (size_t i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(n == 1 ? code : heads[n] | code);
	return n;
}

/* \uXXXX and \UXXXXXXXX, with *@p behind the letter. */
static size_t parse_code(char *out, const char **p, size_t digits)
{
	char hex[9] = "";

	if (strspn(*p, "0123456789abcdefABCDEF") < digits)
		return 0;
	memcpy(hex, *p, digits);
	*p += digits;
	return put_utf8(out, strtoul(hex, NULL, 16));
}

/* What stands between the quotes at the front, with escapes resolved. */
static char *parse_quoted(struct parser *parser)
{
	const char quote = *parser->p, *p = parser->p + 1;
	char *text = region_alloc(parser->region, strlen(p) + 1);
	size_t n = 0;

	while (*p != quote && *p != '\0') {
		size_t len = 1;

		if (*p != '\\') {
			text[n++] = *p++;
			continue;
		}
		p++;
		if (*p == '\0')
			break;
		if (*p == 'u' || *p == 'U') {
			size_t digits = *p++ == 'u' ? 4 : 8;

			len = parse_code(text + n, &p, digits);
		} else {
			text[n] = unescape(*p++);
		}
		if (len == 0) {
			(void)refuse(parser, "an escape is no character");
			return NULL;
		}
		n += len;
	}
	if (*p != quote) {
		(void)refuse(parser, "the quote is not closed");
		return NULL;
	}
	parser->p = p + 1;
	return text;
}

static int parse_string(struct parser *parser, const char *want, const char **ret_type)
{
	char letter = choose_letter(want, "sog");
	const char *text;

	if (letter == '\0')
		return refuse(parser, "a value of another type is expected");
	text = parse_quoted(parser);
	return text == NULL ? -1 : add_basic(parser, letter, 0, text, ret_type);
}

/* b'text': its bytes and a zero. */
static int parse_byte_string(struct parser *parser, const char *want, const char **ret_type)
{
	const char *text;
	size_t i = 0;

	if (want[0] != '\0' && strncmp(want, "ay", 2) != 0)
		return refuse(parser, "a value of another type is expected");
	parser->p++;
	text = parse_quoted(parser);
	if (text == NULL)
		return -1;
	property_add(parser->region, parser->property, 'a', 0, "y");
	do {
		property_add(parser->region, parser->property, 'y', (unsigned char)text[i], NULL);
	} while (text[i++] != '\0');
	property_add(parser->region, parser->property, ')', 0, NULL);
	*ret_type = "ay";
	return 0;
}

static int parse_value(struct parser *parser, const char *want, int depth, const char **ret_type);

/* The comma before another element: 1, or 0 at @close, which is passed over. */
static int next_element(struct parser *parser, char close, bool is_first)
{
	skip_blanks(parser);
	if (*parser->p == close) {
		parser->p++;
		return 0;
	}
	if (is_first)
		return 1;
	if (*parser->p != ',')
		return refuse(parser, "a comma or the end of the list is expected");
	parser->p++;
	skip_blanks(parser);
	if (*parser->p == close && close == ')') {
		parser->p++;
		return 0;
	}
	return 1;
}

/* All elements are of one type, that of the first if nothing says it before. */
static int parse_array(struct parser *parser, const char *want, int depth, const char **ret_type)
{
	const char *element = want[0] == 'a' ? copy_type(parser, want + 1) : "";
	size_t open = parser->property->n;
	bool is_first = true;
	int more;

	if (want[0] != '\0' && want[0] != 'a')
		return refuse(parser, "a value of another type is expected");
	parser->p++;
	property_add(parser->region, parser->property, 'a', 0, NULL);
	while ((more = next_element(parser, ']', is_first)) > 0) {
		if (parse_value(parser, element, depth + 1, &element) < 0)
			return -1;
		is_first = false;
	}
	if (more < 0)
		return -1;
	if (element[0] == '\0')
		return refuse(parser, "an empty list needs a type in front, as in \"@as []\",");
	parser->property->value[open].text = element;
	property_add(parser->region, parser->property, ')', 0, NULL);
	*ret_type = region_format(parser->region, "a%s", element);
	return 0;
}

static int parse_structure(struct parser *parser, const char *want, int depth, const char **ret_type)
{
	const char *inside = "", *rest = want[0] == '(' ? want + 1 : "";
	size_t open = parser->property->n;
	bool is_first = true;
	int more;

	if (want[0] != '\0' && want[0] != '(')
		return refuse(parser, "a value of another type is expected");
	parser->p++;
	property_add(parser->region, parser->property, '(', 0, NULL);
	while ((more = next_element(parser, ')', is_first)) > 0) {
		const char *type = "";

		if (want[0] != '\0' && rest[0] == ')')
			return refuse(parser, "the structure has more members than its type");
		if (parse_value(parser, want[0] != '\0' ? copy_type(parser, rest) : "", depth + 1, &type) < 0)
			return -1;
		rest += want[0] != '\0' ? strlen(type) : 0;
		inside = region_format(parser->region, "%s%s", inside, type);
		is_first = false;
	}
	if (more < 0)
		return -1;
	if (inside[0] == '\0' || (want[0] != '\0' && rest[0] != ')'))
		return refuse(parser, "the structure has fewer members than its type");
	parser->property->value[open].text = inside;
	property_add(parser->region, parser->property, ')', 0, NULL);
	*ret_type = region_format(parser->region, "(%s)", inside);
	return 0;
}

/* "@as [...]": the type is written out. */
static int parse_typed(struct parser *parser, const char *want, int depth, const char **ret_type)
{
	size_t len = type_length(parser->p + 1, 0);
	const char *type = region_format(parser->region, "%.*s", (int)len, parser->p + 1);

	if (len == 0 || (parser->p[1 + len] != ' ' && parser->p[1 + len] != '\t'))
		return refuse(parser, "there is no known type");
	if (want[0] != '\0' && strcmp(want, type) != 0)
		return refuse(parser, "a value of another type is expected");
	parser->p += 1 + len;
	return parse_value(parser, type, depth + 1, ret_type);
}

/* "true", "false", or a type's word in front of a value. */
static int parse_word(struct parser *parser, const char *want, int depth, const char **ret_type)
{
	size_t len = strspn(parser->p, "abcdefghijklmnopqrstuvwxyz0123456789");
	bool is_true = len == 4 && memcmp(parser->p, "true", 4) == 0;

	if (is_true || (len == 5 && memcmp(parser->p, "false", 5) == 0)) {
		if (choose_letter(want, "b") == '\0')
			return refuse(parser, "a value of another type is expected");
		parser->p += len;
		return add_basic(parser, 'b', is_true, NULL, ret_type);
	}
	for (size_t i = 0; i < N_TYPES; i++) {
		const char type[2] = { types[i].letter, '\0' };

		if (strlen(types[i].word) != len || memcmp(parser->p, types[i].word, len) != 0)
			continue;
		if (choose_letter(want, type) == '\0')
			return refuse(parser, "a value of another type is expected");
		parser->p += len;
		return parse_value(parser, type, depth + 1, ret_type);
	}
	return refuse(parser, "there is no value (texts stand in quotes)");
}

/* One value of the type @want, "" for any; *@ret_type is the type that it has. */
static int parse_value(struct parser *parser, const char *want, int depth, const char **ret_type)
{
	const char *p;

	if (depth > MAX_DEPTH)
		return refuse(parser, "the value is nested too deep");
	skip_blanks(parser);
	p = parser->p;
	if (*p == '@')
		return parse_typed(parser, want, depth, ret_type);
	if (*p == '[')
		return parse_array(parser, want, depth, ret_type);
	if (*p == '(')
		return parse_structure(parser, want, depth, ret_type);
	if (*p == '\'' || *p == '"')
		return parse_string(parser, want, ret_type);
	if (p[0] == 'b' && (p[1] == '\'' || p[1] == '"'))
		return parse_byte_string(parser, want, ret_type);
	if (*p != '\0' && strchr("+-.0123456789", *p) != NULL)
		return parse_number(parser, want, ret_type);
	return parse_word(parser, want, depth, ret_type);
}

int property_parse(struct region *region, struct plan_property *property, const char *text, struct err *err)
{
	struct parser parser = { .region = region, .property = property, .p = text, .err = err };

	property->n = 0;
	property->value = NULL;
	if (parse_value(&parser, "", 0, &property->signature) < 0)
		return -1;
	skip_blanks(&parser);
	return *parser.p == '\0' ? 0 : refuse(&parser, "something follows the value");
}
