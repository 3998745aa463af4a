// Linked into static programs between what the user named and the libraries that the compiler adds. Code before it is the
// program's; code behind it (libstdc++, libc) has no callbacks, as little as where it is a shared library.
extern "C" __attribute__((visibility("hidden"))) void tenter_end_of_program() {}
