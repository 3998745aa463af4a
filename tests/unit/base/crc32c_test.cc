#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string_view>
#include <vector>

namespace tenter::analysis {
namespace {

TEST(Crc32c, HasTheKnownValues) {
  EXPECT_EQ(crc32c("123456789", 9), 0xe3069283u);
  const std::vector<unsigned char> zeros(32, 0), ones(32, 0xff);  // RFC 3720, appendix B.4
  EXPECT_EQ(crc32c(zeros.data(), zeros.size()), 0x8a9136aau);
  EXPECT_EQ(crc32c(ones.data(), ones.size()), 0x62a8ab43u);
}

TEST(Crc32c, InstructionAndTableAgreeAtEveryLengthAndOffset) {
  std::vector<unsigned char> bytes(100);
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(7));
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; begin + size <= bytes.size(); ++size) {
      ASSERT_EQ(crc32c(bytes.data() + begin, size), crc32c_by_table(bytes.data() + begin, size))
          << begin << " " << size;
    }
  }
}

TEST(Crc32c, GoesOnWhereItStopped) {
  constexpr std::string_view text = "a checksum in two parts";
  const std::uint32_t first = crc32c(text.data(), 10);
  EXPECT_EQ(crc32c(text.data() + 10, text.size() - 10, first), crc32c(text.data(), text.size()));
}

}  // namespace
}  // namespace tenter::analysis
