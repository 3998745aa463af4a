// The map of the process: every loaded object with its addresses, build id and whether it has callbacks.
//
// Objects are only ever added: an address recorded before a dlclose must still find its object.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenter::record {

class TextBuffer;

// Adds objects that were loaded since, and writes the map to the file if it grew or `always`. Takes the
// loader's lock. Thread-safe; State::inside and State::quiet are set.
void update_modules(bool always);

// Instrumented code was loaded, and the address may be in it: finds the objects that it was loaded with. Thread-safe.
void mark_instrumented(std::uintptr_t pc);

// Is there an object with callbacks, or one that was linked with the recorder? The recorder may also be here because
// LD_PRELOAD names it: for the sake of a child of this process, or of a plug-in that comes later.
bool recorder_is_asked_for();
// The program's file, absolute; empty if it is not known.
const char* program_path();
// The file that the recorder was loaded from. False: it is not known.
bool path_of_recorder(char* path, std::size_t room);

// Was the object that contains pc marked? Any thread, no lock.
bool is_instrumented(std::uintptr_t pc);

// "/path/to/module+0x1234", or the address where it is in no object. Takes no lock: for signal handlers.
void add_code_address(TextBuffer& text, std::uintptr_t pc);

// In a forked child, where the loader's lock may be held by a thread that does not exist: writes the map as it is known.
void write_modules_after_fork();

}  // namespace tenter::record
