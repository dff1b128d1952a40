/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Payloads that the kernel cannot execute, and what executes them: a program of the host, shown to the container in a
 * read-only directory of its own, so that the image needs nothing.  One row of the table in handler.c is a kind of
 * payload.
 * Which is wanted is said by the annotations run.oci.handler and module.wasm.image/variant, as for crun, or by the name
 * that the runtime was called by (cli-contract.md section 6).
 * Runs in: host.
 */
#ifndef TARE_PLAN_HANDLER_H
#define TARE_PLAN_HANDLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct oci_config;
struct plan_input;

/*
 * struct handler_program - a program that can do it.
 * @name:       looked for in the PATH of the runtime
 * @options:    NULL-terminated: what comes between it and the variables of the environment
 * @env:        the option that hands on one variable: "--env"; as a word of its own, or with @env_joined "--env=NAME=value"
 * Then come process.args, the first of which is the file that it is to run.
 */
struct handler_program {
	const char *name;
	const char *const *options;
	const char *env;
	bool env_joined;
};

/*
 * struct handler - a kind of payload.
 * @name:     as run.oci.handler has it; @smart: the name with which only payloads that @takes says are meant
 * @what:     in words: "WebAssembly"
 * @takes:    by its name @file is such a payload
 * @programs: @n of them, the one to be preferred first
 */
struct handler {
	const char *name, *smart, *what;
	bool (*takes)(const char *file);
	const struct handler_program *programs;
	size_t n;
};

/* One library of a program: the name that it is looked for by, and where it is on the host. */
struct handler_library {
	const char *name, *path;
};

/*
 * struct handler_found - what the host has of a handler (host/handler.c); part of struct facts.
 * @program: of the handler's
 * @path:    where it is on the host
 * @loader:  the program that the kernel starts in its place (ld.so(8)), NULL for one that is static
 */
struct handler_found {
	const struct handler_program *program;
	const char *path;
	const char *loader;
	const struct handler_library *libraries;
	size_t n_libraries;
};

/* Where the container sees it: the directory, and in it the loader and the directory of libraries. */
#define HANDLER_DIR "/dev/.tare-handler"
#define HANDLER_LOADER HANDLER_DIR "/loader"
#define HANDLER_LIBRARIES HANDLER_DIR "/lib"

/*
 * The handler that @input->config or @input->options ask for, in *@ret_handler; NULL when the payload is a program.
 * *@ret_at is where it was asked for.  -1 with @err when a handler is asked for that there is not.
 */
int handler_wanted(const struct plan_input *input, const struct handler **ret_handler, uint32_t *ret_at, struct err *err);

/* The handler called @name, NULL when there is none; *@ret_smart: that is its name for what it takes alone. */
const struct handler *handler_named(const char *name, bool *ret_smart);

/* The handler that a runtime called @program has for all containers: "wasm" of "tare-wasm"; NULL for any other name. */
const char *handler_of_program(const char *program);

#endif
