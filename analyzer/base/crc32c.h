// CRC32C (Castagnoli, polynomial 0x1edc6f41 reflected; RFC 3720 appendix B.4): the checksum of chunks. Uses the
// processor's instruction where there is one. Any thread may call it.
//
//   crc32c("123456789", 9) == 0xe3069283
//   crc32c(b, nb, crc32c(a, na)) == crc32c(ab, na + nb)
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenter::analysis {

std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t crc_so_far = 0);

// The same by table, on every processor: the slow twin of the above.
std::uint32_t crc32c_by_table(const void* bytes, std::size_t size, std::uint32_t crc_so_far = 0);

}  // namespace tenter::analysis
