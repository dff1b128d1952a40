/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine that lays a stream of JSON events into structs, as the tables say.
 * It knows kinds, not keys: nothing here is about containers.
 */
#include "libocispec/read.h"

#include <stdio.h>
#include <string.h>

#include "libocispec/keys.h"
#include "libocispec/lex.h"
#include "libocispec/number.h"

/* How much of a word from the text is quoted in a message. */
#define QUOTE "\"%.80s\""

/* All four kinds of list and the map are laid out alike; the engine handles them as one. */
#define SAME_LAYOUT(type)                                                                   \
	_Static_assert(sizeof(type) == sizeof(struct oci_list) &&                           \
		       offsetof(type, set) == offsetof(struct oci_list, set) &&             \
		       offsetof(type, n) == offsetof(struct oci_list, n) &&                 \
		       offsetof(type, item) == offsetof(struct oci_list, item), #type)
SAME_LAYOUT(struct oci_strings);
SAME_LAYOUT(struct oci_numbers);
SAME_LAYOUT(struct oci_words);
SAME_LAYOUT(struct oci_map);

/* struct vector - elements of one size under construction; what they leave behind is small. */
struct vector {
	char *item;
	size_t size;
	uint32_t n, room;
};

enum frame_kind { FRAME_OBJECT, FRAME_LIST, FRAME_MAP };

/*
 * struct frame - an object, list or map that is being filled.
 * @at:     its opening bracket
 * @shape:  FRAME_OBJECT: what it is; @object: where it goes; @seen: rows that got a value
 * @row:    FRAME_OBJECT: of the current key, NULL when it is unknown; else the row it fills
 * @target: FRAME_LIST, FRAME_MAP: the struct oci_list, oci_map ... in the object around it
 */
struct frame {
	enum frame_kind kind;
	uint32_t at;
	const struct oci_shape *shape;
	char *object;
	uint64_t seen;
	const struct oci_field *row;
	char *target;
	struct vector items;
};

/*
 * struct reader
 * @shape: of the document, or of the objects in it when it is a list; then @list says so, and it goes to @root_list
 */
struct reader {
	struct arena *arena;
	const struct oci_shape *shape;
	const struct oci_field *list;
	struct oci_error *err;
	void *root;
	struct oci_list root_list;
	uint32_t depth;   /* of @frame */
	uint32_t skip;    /* levels open inside the value of an unknown key */
	struct keys keys;
	struct vector *unknown; /* offsets of unknown keys; NULL: nobody asks */
	struct frame frame[OCI_MAX_DEPTH + 1];
};

static void *vector_add(struct arena *arena, struct vector *v)
{
	if (v->n == v->room) {
		uint32_t room = v->room ? 2 * v->room : 4;
		char *item = arena_array(arena, room, v->size);

		if (v->n)
			memcpy(item, v->item, v->n * v->size);
		v->item = item;
		v->room = room;
	}
	return v->item + v->n++ * v->size;
}

static const char *kind_word(enum oci_kind kind)
{
	static const char *const words[] = {
		[OCI_KIND_BOOL] = "true or false", [OCI_KIND_U16] = "a number",
		[OCI_KIND_U32] = "a number",       [OCI_KIND_U64] = "a number",
		[OCI_KIND_I32] = "a number",       [OCI_KIND_I64] = "a number",
		[OCI_KIND_STRING] = "a string",    [OCI_KIND_ENUM] = "a string",
		[OCI_KIND_NUMBER] = "a number",
		[OCI_KIND_OBJECT] = "an object",   [OCI_KIND_LIST] = "a list",
		[OCI_KIND_MAP] = "an object",
	};

	return words[kind];
}

static const char *event_word(const struct lex_event *event)
{
	static const char *const words[] = {
		[LEX_NULL] = "null",       [LEX_BOOL] = "true or false",
		[LEX_NUMBER] = "a number", [LEX_STRING] = "a string",
		[LEX_KEY] = "a key",       [LEX_OPEN] = "an object",
		[LEX_CLOSE] = "'}'",       [LEX_BEGIN] = "a list",
		[LEX_FINISH] = "']'",
	};

	return words[event->kind];
}

static int wrong_type(struct reader *r, const struct lex_event *event, enum oci_kind kind)
{
	return oci_error_at(r->err, event->at, "expected %s, got %s",
			    kind_word(kind), event_word(event));
}

/* What kind of value may stand here: of the row itself, or of the elements of its list or map. */
static enum oci_kind wanted_kind(const struct frame *top)
{
	return top->kind == FRAME_OBJECT ? top->row->kind : top->row->of;
}

/* Room for the value that comes now: the member, a new element, or the entry's value. */
static char *value_room(struct reader *r, struct frame *top)
{
	struct oci_entry *entry;

	if (top->kind == FRAME_OBJECT)
		return top->object + top->row->offset;
	if (top->kind == FRAME_LIST)
		return vector_add(r->arena, &top->items);
	/* The key opened the entry; string and object lie at the same place. */
	entry = (struct oci_entry *)(void *)top->items.item + (top->items.n - 1);
	return (char *)&entry->string;
}

/* ---- scalars ---- */

static void put_bool(char *room, const struct oci_field *row, bool value)
{
	if (row->flags & OCI_OPT)
		memcpy(room, &(struct opt_bool){ true, value }, sizeof(struct opt_bool));
	else
		memcpy(room, &value, sizeof(value));
}

#define PUT_INTEGER(type, opt)                                                              \
	do {                                                                                \
		type plain_ = (type)bits;                                                   \
		opt with_ = { true, plain_ };                                               \
		memcpy(room, is_opt ? (void *)&with_ : (void *)&plain_,                     \
		       is_opt ? sizeof(with_) : sizeof(plain_));                            \
	} while (0)

/* @bits is the value in two's complement, known to be in range. */
static void put_integer(char *room, enum oci_kind kind, bool is_opt, uint64_t bits)
{
	switch (kind) {
	case OCI_KIND_U16:
		PUT_INTEGER(uint16_t, struct opt_u16);
		break;
	case OCI_KIND_U32:
		PUT_INTEGER(uint32_t, struct opt_u32);
		break;
	case OCI_KIND_I32:
		PUT_INTEGER(int32_t, struct opt_i32);
		break;
	case OCI_KIND_I64:
		PUT_INTEGER(int64_t, struct opt_i64);
		break;
	default:
		PUT_INTEGER(uint64_t, struct opt_u64);
		break;
	}
}

static int out_of_range(struct reader *r, const struct lex_event *event,
			const struct oci_field *row)
{
	return oci_error_at(r->err, event->at, "%.*s is out of range (%lld to %llu)",
			    (int)(event->len < 64 ? event->len : 64), event->text,
			    (long long)row->min, (unsigned long long)row->max);
}

static int take_number(struct reader *r, struct frame *top, const struct lex_event *event)
{
	const struct oci_field *row = top->row;
	enum oci_kind kind = wanted_kind(top);
	struct number number;
	const char *text;
	uint64_t lowest;

	if (kind == OCI_KIND_NUMBER) {
		text = arena_text(r->arena, event->text, event->len);
		memcpy(value_room(r, top), &text, sizeof(text));
		return 0;
	}
	if (kind < OCI_KIND_U16 || kind > OCI_KIND_I64)
		return wrong_type(r, event, kind);
	switch (number_parse(event->text, event->len, &number)) {
	case NUMBER_FRACTION:
		return oci_error_at(r->err, event->at, "%.*s is not a whole number",
				    (int)(event->len < 64 ? event->len : 64), event->text);
	case NUMBER_HUGE:
		return out_of_range(r, event, row);
	case NUMBER_OK:
	default:
		break;
	}

	/* The size that the lowest negative value has; none may be negative when it is not. */
	lowest = row->min < 0 ? 0 - (uint64_t)row->min : 0;
	if (number.negative ? number.size > lowest :
	    number.size > row->max || (row->min > 0 && number.size < (uint64_t)row->min))
		return out_of_range(r, event, row);
	put_integer(value_room(r, top), kind, top->kind == FRAME_OBJECT && row->flags & OCI_OPT,
		    number.negative ? 0 - number.size : number.size);
	return 0;
}

static int unknown_word(struct reader *r, const struct lex_event *event,
			const struct oci_names *names, const char *word)
{
	const char *near = oci_names_near(names, word);

	if (near)
		return oci_error_at(r->err, event->at, QUOTE " is not %s; did you mean \"%s\"?",
				    word, names->what, near);
	return oci_error_at(r->err, event->at, QUOTE " is not %s", word, names->what);
}

static int take_string(struct reader *r, struct frame *top, const struct lex_event *event)
{
	const struct oci_field *row = top->row;
	enum oci_kind kind = wanted_kind(top);
	const char *fault, *text;
	int value;

	if (kind != OCI_KIND_STRING && kind != OCI_KIND_ENUM)
		return wrong_type(r, event, kind);
	text = arena_text(r->arena, event->text, event->len);
	if (kind == OCI_KIND_ENUM) {
		value = oci_names_find(row->names, text);
		if (!value)
			return unknown_word(r, event, row->names, text);
		memcpy(value_room(r, top), &value, sizeof(value));
		return 0;
	}
	if (top->kind == FRAME_OBJECT && row->flags & OCI_NONEMPTY && !event->len)
		return oci_error_at(r->err, event->at, "must not be empty");
	fault = row->check ? row->check(text) : NULL;
	if (fault)
		return oci_error_at(r->err, event->at, QUOTE " %s", text, fault);
	memcpy(value_room(r, top), &text, sizeof(text));
	return 0;
}

static int take_null(struct reader *r, struct frame *top, const struct lex_event *event)
{
	if (top->kind != FRAME_OBJECT)
		return wrong_type(r, event, wanted_kind(top));
	if (top->row->flags & OCI_REQUIRED)
		return oci_error_at(r->err, event->at, "required, must not be null");
	return 0;
}

static int take_bool(struct reader *r, struct frame *top, const struct lex_event *event)
{
	enum oci_kind kind = wanted_kind(top);

	if (kind != OCI_KIND_BOOL || top->kind != FRAME_OBJECT)
		return wrong_type(r, event, kind);
	put_bool(value_room(r, top), top->row, event->truth);
	return 0;
}

/* ---- brackets ---- */

static size_t element_size(const struct oci_field *row)
{
	if (row->kind == OCI_KIND_MAP)
		return sizeof(struct oci_entry);
	if (row->of == OCI_KIND_U32)
		return sizeof(uint32_t);
	return row->of == OCI_KIND_ENUM ? sizeof(int) : sizeof(void *);
}

static void push_object(struct reader *r, const struct oci_shape *shape, char *room, uint32_t at)
{
	char *object = arena_alloc(r->arena, shape->size);

	memcpy(room, &object, sizeof(object));
	r->frame[r->depth++] = (struct frame){
		.kind = FRAME_OBJECT, .at = at, .shape = shape, .object = object,
	};
}

static void push_series(struct reader *r, enum frame_kind kind, struct frame *top, uint32_t at)
{
	r->frame[r->depth++] = (struct frame){
		.kind = kind, .at = at, .row = top->row,
		.target = top->object + top->row->offset,
		.items.size = element_size(top->row),
	};
}

static int take_open(struct reader *r, struct frame *top, const struct lex_event *event)
{
	enum oci_kind kind = wanted_kind(top);

	if (kind == OCI_KIND_OBJECT)
		push_object(r, top->row->shape, value_room(r, top), event->at);
	else if (kind == OCI_KIND_MAP && top->kind == FRAME_OBJECT)
		push_series(r, FRAME_MAP, top, event->at);
	else
		return wrong_type(r, event, kind);
	return 0;
}

static int take_begin(struct reader *r, struct frame *top, const struct lex_event *event)
{
	enum oci_kind kind = wanted_kind(top);

	if (kind != OCI_KIND_LIST || top->kind != FRAME_OBJECT)
		return wrong_type(r, event, kind);
	push_series(r, FRAME_LIST, top, event->at);
	return 0;
}

/* A list or map is complete: only now its header goes into the struct. */
static int finish_series(struct reader *r, struct frame *top)
{
	struct oci_list list = {
		.set = true, .n = top->items.n, .item = (void **)(void *)top->items.item,
	};

	if (top->row->flags & OCI_NONEMPTY && !list.n)
		return oci_error_at(r->err, top->at, "must not be empty");
	memcpy(top->target, &list, sizeof(list));
	return 0;
}

static int finish_object(struct reader *r, struct frame *top, uint32_t end)
{
	memcpy(top->object, &top->at, sizeof(top->at));
	memcpy(top->object + sizeof(top->at), &end, sizeof(end));

	for (uint32_t i = 0; i < top->shape->n; i++) {
		const struct oci_field *row = &top->shape->field[i];

		if (row->flags & OCI_REQUIRED && !(top->seen & UINT64_C(1) << i))
			return oci_error_at(r->err, top->at, "\"%s\" is required", row->key);
	}
	return 0;
}

static int take_close(struct reader *r, struct frame *top, const struct lex_event *event)
{
	r->depth--;
	if (top->kind == FRAME_OBJECT)
		return finish_object(r, top, event->end);
	return finish_series(r, top);
}

/* ---- keys ---- */

/* The row of a key; rows are tried from behind the last one, as writers keep to an order. */
static const struct oci_field *find_row(const struct frame *top, const struct lex_event *event)
{
	uint32_t n = top->shape->n;
	uint32_t first = top->row ? (uint32_t)(top->row - top->shape->field) + 1 : 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct oci_field *row = &top->shape->field[(first + i) % n];

		if (row->key_len == event->len && memcmp(row->key, event->text, event->len) == 0)
			return row;
	}
	return NULL;
}

static int add_entry(struct reader *r, struct frame *top, const struct lex_event *event)
{
	struct oci_entry entry = { .at = event->at };

	if (!event->len)
		return oci_error_at(r->err, event->at, "a key must not be empty here");
	entry.key = arena_text(r->arena, event->text, event->len);
	if (top->row->names && !oci_names_find(top->row->names, entry.key))
		return unknown_word(r, event, top->row->names, entry.key);
	memcpy(vector_add(r->arena, &top->items), &entry, sizeof(entry));
	return 0;
}

static int repeated(struct reader *r, uint32_t at)
{
	return oci_error_at(r->err, at, "this key stands here twice");
}

static int take_key(struct reader *r, struct frame *top, const struct lex_event *event)
{
	if (!keys_add(&r->keys, event->text, event->len, event->at))
		return repeated(r, event->at);
	if (r->skip || top == NULL)
		return 0;
	if (top->kind == FRAME_MAP)
		return add_entry(r, top, event);

	top->row = find_row(top, event);
	if (top->row)
		top->seen |= UINT64_C(1) << (top->row - top->shape->field);
	else if (r->unknown)
		memcpy(vector_add(r->arena, r->unknown), &event->at, sizeof(event->at));
	return 0;
}

/* ---- the stream ---- */

/* The value of an unknown key: only its end matters. */
static void skip_event(struct reader *r, const struct lex_event *event)
{
	if (event->kind == LEX_OPEN || event->kind == LEX_BEGIN)
		r->skip++;
	else if (event->kind == LEX_CLOSE || event->kind == LEX_FINISH)
		r->skip--;
}

static int take_value(struct reader *r, struct frame *top, const struct lex_event *event)
{
	switch (event->kind) {
	case LEX_NULL:
		return take_null(r, top, event);
	case LEX_BOOL:
		return take_bool(r, top, event);
	case LEX_NUMBER:
		return take_number(r, top, event);
	case LEX_STRING:
		return take_string(r, top, event);
	case LEX_OPEN:
		return take_open(r, top, event);
	case LEX_BEGIN:
		return take_begin(r, top, event);
	case LEX_KEY:
	case LEX_CLOSE:
	case LEX_FINISH:
	default:
		return take_close(r, top, event);
	}
}

/* The document itself. */
static int take_root(struct reader *r, const struct lex_event *event)
{
	if (event->kind != (r->list ? LEX_BEGIN : LEX_OPEN))
		return oci_error_at(r->err, event->at, "the document has to be %s, got %s",
				    r->list ? "a list" : "an object", event_word(event));
	if (r->list)
		r->frame[r->depth++] = (struct frame){
			.kind = FRAME_LIST, .at = event->at, .row = r->list,
			.target = (char *)&r->root_list, .items.size = element_size(r->list),
		};
	else
		push_object(r, r->shape, (char *)&r->root, event->at);
	return 0;
}

static int on_event(void *context, const struct lex_event *event, struct oci_error *err)
{
	struct reader *r = context;
	struct frame *top = r->depth ? &r->frame[r->depth - 1] : NULL;
	bool is_end = event->kind == LEX_CLOSE || event->kind == LEX_FINISH;
	uint32_t at;

	(void)err; /* the reader's own */
	if (event->kind == LEX_KEY)
		return take_key(r, top, event);
	if (event->kind == LEX_OPEN)
		keys_open(&r->keys);
	else if (event->kind == LEX_CLOSE && !keys_close(&r->keys, &at))
		return repeated(r, at);

	if (!top)
		return take_root(r, event);
	if (r->skip || (!is_end && !top->row)) {
		skip_event(r, event);
		return 0;
	}
	return take_value(r, top, event);
}

static int run(struct reader *r, const struct oci_source *src)
{
	r->keys.arena = r->arena;
	return lex_run(src, on_event, r, r->err);
}

int oci_read(struct arena *arena, const struct oci_source *src, const struct oci_shape *shape,
	     void *ret_object, struct oci_error *err)
{
	struct reader r = { .arena = arena, .shape = shape, .err = err };

	if (run(&r, src) < 0)
		return -1;
	memcpy(ret_object, &r.root, sizeof(r.root));
	return 0;
}

int oci_read_list(struct arena *arena, const struct oci_source *src, const struct oci_shape *shape,
		  struct oci_list *ret_list, struct oci_error *err)
{
	const struct oci_field list = { .kind = OCI_KIND_LIST, .of = OCI_KIND_OBJECT, .shape = shape };
	struct reader r = { .arena = arena, .shape = shape, .list = &list, .err = err };

	if (run(&r, src) < 0)
		return -1;
	*ret_list = r.root_list;
	return 0;
}

int oci_read_noting(struct arena *arena, const struct oci_source *src,
		    const struct oci_shape *shape, void *ret_object,
		    struct oci_numbers *ret_unknown, struct oci_error *err)
{
	struct vector unknown = { .size = sizeof(uint32_t) };
	struct reader r = { .arena = arena, .shape = shape, .err = err, .unknown = &unknown };

	if (run(&r, src) < 0)
		return -1;
	memcpy(ret_object, &r.root, sizeof(r.root));
	*ret_unknown = (struct oci_numbers){
		.set = true, .n = unknown.n, .item = (uint32_t *)(void *)unknown.item,
	};
	return 0;
}
