// The place of one exemplar: what is put is read whole, or not at all.
#include "trace/exemplar_slot.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sundown::trace::detail {
namespace {

using namespace std::chrono_literals;

/// Everything in it says `number`.
context context_of(std::uint8_t number) {
  trace_id trace;
  span_id span;
  trace.fill(number);
  span.fill(number);
  return {trace, span, context::sampled_flag};
}

TEST(ExemplarSlot, IsEmptyAtFirst) { EXPECT_FALSE(exemplar_slot().read(0ns)); }

TEST(ExemplarSlot, HasTheNewest) {
  exemplar_slot slot;
  slot.put(context_of(1), 0.25, clock::time_point(5s));
  slot.put(context_of(2), 0.5, clock::time_point(7s));
  const auto found = slot.read(100s);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->trace, context_of(2).trace());
  EXPECT_EQ(found->span, context_of(2).span());
  EXPECT_EQ(found->value, 0.5);
  EXPECT_EQ(found->when.time_since_epoch(), 107s);
}

TEST(ExemplarSlot, TellsTheTimeOfDay) {
  exemplar_slot slot;
  const auto before = std::chrono::system_clock::now();
  slot.put(context_of(1), 1, clock::now());
  const auto found = slot.read(system_epoch());
  ASSERT_TRUE(found);
  EXPECT_GE(found->when, before - 1s);  // somebody may set the clock
  EXPECT_LE(found->when, std::chrono::system_clock::now() + 1s);
}

// Two threads put, one reads: what it gets is of one of them, whole.
TEST(ExemplarSlot, IsReadWhole) {
  exemplar_slot slot;
  std::vector<std::thread> writers;
  for (const std::uint8_t first : {std::uint8_t{1}, std::uint8_t{128}}) {
    writers.emplace_back([&slot, first] {
      for (unsigned i = 0; i < 50'000; ++i) {
        const auto number = static_cast<std::uint8_t>(first + i % 100);
        slot.put(context_of(number), number, clock::time_point(std::chrono::nanoseconds(number)));
      }
    });
  }
  using kept = std::chrono::system_clock::duration;
  std::size_t wrong = 0;
  for (int i = 0; i < 50'000; ++i) {
    const auto found = slot.read(0ns);
    if (!found) continue;
    const auto whole = context_of(found->trace.front());
    const bool same = found->trace == whole.trace() && found->span == whole.span() &&
                      found->value == found->trace.front() &&
                      found->when.time_since_epoch() ==
                          std::chrono::duration_cast<kept>(std::chrono::nanoseconds(found->trace.front()));
    if (!same) ++wrong;
  }
  for (auto& each : writers) each.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(slot.read(0ns)) << "it is free again";
}

}  // namespace
}  // namespace sundown::trace::detail
