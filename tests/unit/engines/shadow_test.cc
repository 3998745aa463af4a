#include "race/shadow.h"

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

TEST(Shadow, KindsThatMayRace) {
  EXPECT_TRUE(conflict(ShadowKind::read, ShadowKind::write));
  EXPECT_TRUE(conflict(ShadowKind::atomic_read, ShadowKind::write));
  EXPECT_TRUE(conflict(ShadowKind::atomic_write, ShadowKind::read));
  EXPECT_FALSE(conflict(ShadowKind::read, ShadowKind::atomic_read));
  EXPECT_FALSE(conflict(ShadowKind::atomic_write, ShadowKind::atomic_read));
}

TEST(Shadow, AStrongerKindConflictsWithAllThatAWeakerOneDoes) {
  for (unsigned s = 0; s < shadow_kinds; ++s) {
    for (unsigned w = 0; w < shadow_kinds; ++w) {
      const auto strong = static_cast<ShadowKind>(s), weak = static_cast<ShadowKind>(w);
      if (!covers(strong, weak)) continue;
      for (unsigned k = 0; k < shadow_kinds; ++k) {
        const auto kind = static_cast<ShadowKind>(k);
        EXPECT_TRUE(conflict(strong, kind) || !conflict(weak, kind)) << s << ' ' << w << ' ' << k;
      }
    }
  }
}

Record record(ShadowKind kind, std::uint32_t task, std::uint8_t mask) {
  Record made;
  made.task = task;
  made.mask = mask;
  made.bits = static_cast<std::uint8_t>(kind);
  return made;
}

TEST(Shadow, ForgetsWhatAFreeEndedAndKeepsWhatCameLater) {
  Shadow shadow;
  Cell& cell = shadow.cell(shadow.page(0x1000 >> Shadow::page_bits), 0x1000);
  cell.head = record(ShadowKind::read, 1, 0xff);
  for (const Record& later : {record(ShadowKind::free, 2, 0x0f), record(ShadowKind::read, 3, 0xff)}) {
    const std::uint32_t link = shadow.take_cell();
    shadow.older(link) = cell;
    cell.head = later;
    cell.more = link;
  }
  shadow.forget_freed(0x1000, 8);
  EXPECT_EQ(cell.head.task, 3u);
  EXPECT_EQ(cell.head.mask, 0xff);
  ASSERT_NE(cell.more, 0u);
  EXPECT_EQ(shadow.older(cell.more).head.task, 1u);
  EXPECT_EQ(shadow.older(cell.more).head.mask, 0xf0) << "only four bytes of it were freed";
  EXPECT_EQ(shadow.older(cell.more).more, 0u);
}

TEST(Shadow, GivesBackAPageThatIsForgotten) {
  Shadow shadow;
  shadow.cell(shadow.page(4), 4 << Shadow::page_bits).head = record(ShadowKind::write, 1, 0xff);
  shadow.forget(4 << Shadow::page_bits, Shadow::page_size_bytes);
  EXPECT_EQ(shadow.pages(), 0u);
}

}  // namespace
}  // namespace tenter::analysis
