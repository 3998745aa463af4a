// What most programs include, and what takes most of the time of their compilation: headers.py compiles it beforehand.
// Nothing here makes code of its own for a program that does not use it, so <iostream> is missing.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include <tenter/tenter.h>
