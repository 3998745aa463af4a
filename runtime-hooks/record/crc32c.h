// CRC32C (Castagnoli polynomial, reflected, as in iSCSI, RFC 3720 appendix B.4). With the processor's own
// instruction where it has one. Thread-safe, no state.
//
//   std::uint32_t crc = crc32c(0, header, sizeof header);
//   crc = crc32c(crc, data, size);                          // as if both had been one block
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenter::record {

std::uint32_t crc32c(std::uint32_t so_far, const void* data, std::size_t size);

}  // namespace tenter::record
