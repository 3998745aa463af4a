#include "record/modules.h"

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#include <atomic>

#include "record/output.h"
#include "record/recorder.h"
#include "record/text_buffer.h"

// In static programs alone: the code of the recorder (cmake/static_recorder.cmake), and the end of the program's own
// (hooks/end_of_program.cc). The linker may place the former anywhere.
extern "C" {
extern const char __start_tenter_text[] __attribute__((weak, visibility("hidden")));
extern const char __stop_tenter_text[] __attribute__((weak, visibility("hidden")));
__attribute__((weak, visibility("hidden"))) void tenter_end_of_program();
}

namespace tenter::record {
namespace {

constexpr std::size_t objects_max = 4096;
constexpr std::size_t build_id_max = 32;
constexpr std::size_t path_max = 512;

struct Object {
  std::uintptr_t begin;
  std::uintptr_t end;
  std::uintptr_t bias;
  std::uint32_t build_id_bytes;
  unsigned char build_id[build_id_max];
  bool instrumented;
  char path[path_max];  // cut if longer
};

struct Range {
  std::uintptr_t begin;
  std::uintptr_t end;
};

constinit SpinLock lock;
constinit Object* objects = nullptr;  // guarded by lock; objects_max, of which pages are touched as needed
// Changed with the lock held, and only upwards; the objects before it keep their places.
constinit std::atomic<std::size_t> object_count{0};
constinit unsigned long long loads_seen = 0;  // guarded by lock; of the loader's counter
constinit bool changed = false;               // guarded by lock; since the map was written

constexpr std::size_t ranges_max = 512;
constinit Range ranges[ranges_max]{};  // of instrumented objects; entries below range_count never change
constinit std::atomic<std::size_t> range_count{0};

void find_build_id(const dl_phdr_info& info, const ElfW(Phdr) & segment, Object& object) {
  const std::uintptr_t first = info.dlpi_addr + segment.p_vaddr;
  const std::uintptr_t last = first + segment.p_memsz;
  for (std::uintptr_t at = first; at + sizeof(ElfW(Nhdr)) <= last;) {
    const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
    const std::uintptr_t name = at + sizeof *note;
    const std::uintptr_t content = name + ((note->n_namesz + 3) & ~3u);
    const std::uintptr_t next = content + ((note->n_descsz + 3) & ~3u);
    if (next > last || next <= at) { return; }
    const auto* text = reinterpret_cast<const char*>(name);
    if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && text[0] == 'G' && text[1] == 'N' && text[2] == 'U' &&
        note->n_descsz <= build_id_max) {
      object.build_id_bytes = note->n_descsz;
      for (std::uint32_t i = 0; i < note->n_descsz; ++i) {
        object.build_id[i] = reinterpret_cast<const unsigned char*>(content)[i];
      }
      return;
    }
    at = next;
  }
}

// Does the object call what compilers emit? Each instrumented translation unit refers to __tsan_init. Read from the
// symbols that the loader looks up for the object: who calls __tsan_init does not show where it was called from, as
// compilers may jump there from a constructor, and the return address is then the loader's.
bool wants_callbacks(const dl_phdr_info& info, const ElfW(Phdr) & segment) {
  const ElfW(Sym)* symbols = nullptr;
  const char* strings = nullptr;
  struct Relocations {
    const ElfW(Rela) * first;
    std::size_t bytes;
  } tables[2]{};  // of functions, and of everything
  const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(info.dlpi_addr + segment.p_vaddr);
  for (; entry->d_tag != DT_NULL; ++entry) {
    // The loader has made addresses of these, but not in every object (the kernel's own has none of its marks).
    const std::uintptr_t value = entry->d_un.d_ptr;
    const std::uintptr_t address = value < info.dlpi_addr ? info.dlpi_addr + value : value;
    switch (entry->d_tag) {
      case DT_SYMTAB: symbols = reinterpret_cast<const ElfW(Sym)*>(address); break;
      case DT_STRTAB: strings = reinterpret_cast<const char*>(address); break;
      case DT_JMPREL: tables[0].first = reinterpret_cast<const ElfW(Rela)*>(address); break;
      case DT_PLTRELSZ: tables[0].bytes = value; break;
      case DT_RELA: tables[1].first = reinterpret_cast<const ElfW(Rela)*>(address); break;
      case DT_RELASZ: tables[1].bytes = value; break;
      default: break;
    }
  }
  if (symbols == nullptr || strings == nullptr) { return false; }
  constexpr char wanted[] = "__tsan_init";
  for (const Relocations& table : tables) {
    const std::size_t count = table.first == nullptr ? 0 : table.bytes / sizeof(ElfW(Rela));
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t index = ELF64_R_SYM(table.first[i].r_info);
      if (index == 0 || symbols[index].st_shndx != SHN_UNDEF) { continue; }
      const char* name = strings + symbols[index].st_name;
      std::size_t at = 0;
      while (at < sizeof wanted && name[at] == wanted[at]) { ++at; }
      if (at == sizeof wanted) { return true; }
    }
  }
  return false;
}

// Was the object linked with the recorder? It names the libraries that it wants by places in its table of strings.
bool needs_recorder(const dl_phdr_info& info, const ElfW(Phdr) & segment) {
  constexpr char recorder_name[] = "libtenter_record.so";
  const auto* const first = reinterpret_cast<const ElfW(Dyn)*>(info.dlpi_addr + segment.p_vaddr);
  const char* strings = nullptr;
  for (const auto* entry = first; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB) {
      const std::uintptr_t value = entry->d_un.d_ptr;
      strings = reinterpret_cast<const char*>(value < info.dlpi_addr ? info.dlpi_addr + value : value);
    }
  }
  for (const auto* entry = first; strings != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag != DT_NEEDED) { continue; }
    const char* name = strings + entry->d_un.d_val;
    std::size_t at = 0;
    while (at < sizeof recorder_name && name[at] == recorder_name[at]) { ++at; }
    if (at == sizeof recorder_name) { return true; }
  }
  return false;
}

int asks_for_recorder(dl_phdr_info* info, std::size_t, void*) {
  const auto here = reinterpret_cast<std::uintptr_t>(&objects);
  const bool is_program = info->dlpi_name == nullptr || info->dlpi_name[0] == '\0';
  for (ElfW(Half) i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_DYNAMIC && (wants_callbacks(*info, segment) || needs_recorder(*info, segment))) {
      return 1;
    }
    if (is_program && segment.p_type == PT_LOAD && here - begin < segment.p_memsz) {
      return 1;  // the recorder is a part of the program itself
    }
  }
  return 0;
}

int copy_path_of_recorder(dl_phdr_info* info, std::size_t, void* out) {
  const auto here = reinterpret_cast<std::uintptr_t>(&objects);
  for (ElfW(Half) i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD && here - (info->dlpi_addr + segment.p_vaddr) < segment.p_memsz) {
      *static_cast<const char**>(out) = info->dlpi_name;
      return 1;
    }
  }
  return 0;
}

bool holds_the_recorder(const Object& object) {
  const auto here = reinterpret_cast<std::uintptr_t>(&objects);
  return here >= object.begin && here < object.end;
}

// With the lock held.
void add_range(Range range) {
  const std::size_t count = range_count.load(std::memory_order_relaxed);
  if (count < ranges_max && range.begin < range.end) {
    ranges[count] = range;
    range_count.store(count + 1, std::memory_order_release);  // pairs with is_instrumented()
  }
}

// With the lock held.
void add_instrumented(Object& object) {
  object.instrumented = true;
  changed = true;
  Range range{object.begin, object.end};
  const auto end = reinterpret_cast<std::uintptr_t>(&tenter_end_of_program);
  if (end > range.begin && end < range.end) { range.end = end; }
  const Range own{reinterpret_cast<std::uintptr_t>(__start_tenter_text),
                  reinterpret_cast<std::uintptr_t>(__stop_tenter_text)};
  if (own.begin > range.begin && own.end < range.end) {
    add_range({range.begin, own.begin});
    range.begin = own.end;
  }
  add_range(range);
}

bool same_file(const Object& a, const Object& b) {
  if (a.begin != b.begin || a.end != b.end || a.bias != b.bias || a.build_id_bytes != b.build_id_bytes) {
    return false;
  }
  for (std::uint32_t i = 0; i < a.build_id_bytes; ++i) {
    if (a.build_id[i] != b.build_id[i]) { return false; }
  }
  for (std::size_t i = 0; i < path_max; ++i) {
    if (a.path[i] != b.path[i]) { return false; }
    if (a.path[i] == '\0') { break; }
  }
  return true;
}

// Absolute: a library that was opened by a relative path is looked for from somewhere else later.
void make_absolute(const char* from, char (&to)[path_max]) {
  std::size_t at = 0;
  bool in_a_directory = false;  // the kernel's own object has a name and no place
  for (std::size_t i = 0; from[i] != '\0'; ++i) { in_a_directory |= from[i] == '/'; }
  if (from[0] != '/' && in_a_directory) {
    const ssize_t length = sys::working_directory(to, path_max);
    if (length > 1 && to[0] == '/') {
      at = static_cast<std::size_t>(length) - 1;
      if (at + 1 < path_max) { to[at++] = '/'; }
    }
  }
  for (std::size_t i = 0; at + 1 < path_max && from[i] != '\0'; ++i, ++at) { to[at] = from[i]; }
  to[at] = '\0';
}

constinit char path_of_program[path_max] = "";  // found by start(), before there is a second thread

int look_at_object(dl_phdr_info* info, std::size_t, void*) {
  if (info->dlpi_adds == loads_seen) {
    return 1;  // nothing was loaded since
  }
  if (object_count == objects_max) { return 1; }
  // Built in place behind the last one, and counted only if it is new. The memory may hold an earlier candidate.
  Object& object = objects[object_count];
  object.begin = ~std::uintptr_t{0};
  object.end = 0;
  object.bias = info->dlpi_addr;
  object.build_id_bytes = 0;
  object.instrumented = false;
  bool wants = false;
  for (ElfW(Half) i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD) {
      const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
      object.begin = begin < object.begin ? begin : object.begin;
      object.end = begin + segment.p_memsz > object.end ? begin + segment.p_memsz : object.end;
    } else if (segment.p_type == PT_NOTE && object.build_id_bytes == 0) {
      find_build_id(*info, segment, object);
    } else if (segment.p_type == PT_DYNAMIC) {
      wants = wants_callbacks(*info, segment);
    }
  }
  if (object.begin >= object.end) { return 0; }
  const bool is_program = info->dlpi_name == nullptr || info->dlpi_name[0] == '\0';
  // A program that has the recorder linked into itself got it because instrumented code asked for it.
  wants = wants || (is_program && holds_the_recorder(object));
  if (is_program) {
    make_absolute(program_path(), object.path);  // the program itself has no name here
  } else {
    make_absolute(info->dlpi_name, object.path);
  }
  for (std::size_t i = 0; i < object_count; ++i) {
    if (same_file(objects[i], object)) { return 0; }
  }
  object_count.store(object_count + 1, std::memory_order_release);  // pairs with add_code_address()
  changed = true;
  if (wants) { add_instrumented(object); }
  return 0;
}

int read_counter(dl_phdr_info* info, std::size_t, void* out) {
  *static_cast<unsigned long long*>(out) = info->dlpi_adds;
  return 1;
}

// With the lock held.
void look_for_objects() {
  if (objects == nullptr) {
    objects = static_cast<Object*>(sys::map_memory(objects_max * sizeof(Object)));
    if (objects == nullptr) { return; }
  }
  dl_iterate_phdr(look_at_object, nullptr);
  dl_iterate_phdr(read_counter, &loads_seen);
}

// With the lock held.
void write_map() {
  // A line is at most this long: four numbers, a build id, two flags, and a path in which each byte may be escaped.
  constexpr std::size_t line_max = 3 * 17 + 2 * build_id_max + 4 + 2 * path_max;
  std::size_t size = object_count * line_max + 1;
  if (size > trace::max_chunk_bytes) { size = trace::max_chunk_bytes; }
  auto* memory = static_cast<char*>(sys::map_memory(size));
  if (memory == nullptr) { return; }
  TextBuffer text(memory, size);
  for (std::size_t i = 0; i < object_count; ++i) {
    const Object& object = objects[i];
    text.add_hex(object.begin).add(" ").add_hex(object.end).add(" ").add_hex(object.bias).add(" ");
    if (object.build_id_bytes == 0) {
      text.add("-");
    } else {
      text.add_hex_bytes(object.build_id, object.build_id_bytes);
    }
    text.add(object.instrumented ? " 1 " : " 0 ").add_escaped(object.path, length_of(object.path)).add("\n");
  }
  recorder().output.write_chunk({trace::ChunkKind::modules, 0, 0, 0}, text.data(), text.size());
  sys::unmap(memory, size);
  changed = false;
}

Object* object_at(std::uintptr_t pc) {
  for (std::size_t i = object_count; i-- != 0;) {  // the latest one that covers the address
    if (pc >= objects[i].begin && pc < objects[i].end) { return &objects[i]; }
  }
  return nullptr;
}

}  // namespace

void update_modules(bool always) {
  const SpinGuard guard(lock);
  look_for_objects();
  if (changed || always) { write_map(); }
}

void mark_instrumented(std::uintptr_t pc) {
  if (is_instrumented(pc)) { return; }
  const SpinGuard guard(lock);
  look_for_objects();
  Object* object = objects == nullptr ? nullptr : object_at(pc);
  // Not the loader or libc, from where an initialization was jumped to: see wants_callbacks. Another detector's callbacks may be
  // a part of the program, and who tells of them then knows from where.
  const bool may_be = recorder().detector != nullptr;
  if (object != nullptr && !object->instrumented && (may_be || holds_the_recorder(*object))) {
    add_instrumented(*object);
  }
  if (changed && is_recording()) { write_map(); }
}

const char* program_path() {
  if (path_of_program[0] != '\0') { return path_of_program; }
  if (sys::read_link("/proc/self/exe", path_of_program, path_max - 1) <= 0) {
    // No /proc: as the program was named to the kernel.
    const auto* name = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
    if (name != nullptr) { make_absolute(name, path_of_program); }
  }
  return path_of_program;
}

bool recorder_is_asked_for() { return dl_iterate_phdr(asks_for_recorder, nullptr) != 0; }

bool path_of_recorder(char* path, std::size_t room) {
  const char* name = nullptr;
  dl_iterate_phdr(copy_path_of_recorder, &name);
  if (name == nullptr || name[0] == '\0') { return false; }
  TextBuffer(path, room).add(name).c_str();
  return true;
}

bool is_instrumented(std::uintptr_t pc) {
  const std::size_t count = range_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) {
    if (pc - ranges[i].begin < ranges[i].end - ranges[i].begin) { return true; }
  }
  return false;
}

void add_code_address(TextBuffer& text, std::uintptr_t pc) {
  for (std::size_t i = object_count.load(std::memory_order_acquire); i-- != 0;) {
    if (pc < objects[i].begin || pc >= objects[i].end) { continue; }
    text.add(objects[i].path).add("+0x").add_hex(pc - objects[i].bias);
    return;
  }
  text.add("0x").add_hex(pc);
}

void write_modules_after_fork() {
  lock.reset();
  if (objects != nullptr) { write_map(); }
}

}  // namespace tenter::record
