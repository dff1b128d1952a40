/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus with a systemd on it that does what a test tells it, in a process of its own.
 */
#ifndef TARE_TESTS_CGROUP_STANDIN_H
#define TARE_TESTS_CGROUP_STANDIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * struct standin_behaviour - what is to be answered; all zero is a manager that starts and stops what it is told.
 * @root:      its own cgroup
 * @states:    ActiveState of a unit that is asked for, NULL: there is none
 * @n_exist:   so many calls of StartTransientUnit find that the unit exists
 * @unknown:   a property that it does not know, NULL: it knows all
 * @result:    how jobs end, NULL: "done"; "" never
 * @vanishes:  the unit goes between GetUnit and the question for its state
 * @is_mute:   StartTransientUnit gets no answer but the end of the connection
 * @make:      called with the path of the scope below @root and the process; NULL: nothing is made
 */
struct standin_behaviour {
	const char *root;
	const char *state;
	int n_exist;
	const char *unknown;
	const char *result;
	bool vanishes;
	bool is_mute;
	void (*make)(const char *slice, const char *unit, pid_t pid);
};

/* Start it, and make it the system's bus and the user's of this process. */
void standin_start(const struct standin_behaviour *behaviour);

/* End it. */
void standin_stop(void);

/* What it was asked so far: "METHOD(ARGUMENTS)" a line, with the properties' values. */
const char *standin_log(void);

#endif
