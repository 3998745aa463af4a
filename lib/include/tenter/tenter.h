// Tenterhook's library: tasks, channels and locks for C++ programs, with Go's semantics. See docs/library.md.
#pragma once
#include <tenter/channel.h>
#include <tenter/context.h>
#include <tenter/error.h>
#include <tenter/group.h>
#include <tenter/io.h>
#include <tenter/leak.h>
#include <tenter/lint.h>
#include <tenter/pool.h>
#include <tenter/select.h>
#include <tenter/signals.h>
#include <tenter/sync.h>
#include <tenter/sync_map.h>
#include <tenter/task.h>
#include <tenter/timer.h>
