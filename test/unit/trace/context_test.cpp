// What comes in as traceparent and tracestate, and what goes out (W3C Trace Context Level 2).
#include <sundown/trace/context.hpp>

#include <gmock/gmock.h>

#include <ostream>
#include <string>

namespace sundown::trace {
namespace {

using ::testing::IsEmpty;

constexpr std::string_view well_formed = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, IsReadAndWrittenAsItCame) {
  const auto read = context::parse(well_formed, "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
  ASSERT_TRUE(read);
  EXPECT_EQ(std::string_view(read.trace_text()), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(std::string_view(read.span_text()), "00f067aa0ba902b7");
  EXPECT_TRUE(read.sampled());
  EXPECT_EQ(read.state(), "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
  EXPECT_EQ(std::string_view(read.traceparent()), well_formed);
}

TEST(TraceContext, KnowsTheFlagsOfItsLevel) {
  const std::string ids = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-";
  EXPECT_FALSE(context::parse(ids + "00").sampled());
  EXPECT_EQ(context::parse(ids + "00").flags(), 0);
  EXPECT_TRUE(context::parse(ids + "03").sampled());
  EXPECT_EQ(context::parse(ids + "03").flags(), 3);
  EXPECT_FALSE(context::parse(ids + "fe").sampled());
  EXPECT_EQ(context::parse(ids + "ff").flags(), 3) << "flags that aren't known are not passed on";
}

// §3.2.4: what a later version adds comes behind a hyphen.
TEST(TraceContext, ReadsLaterVersionsAsFarAsItKnowsThem) {
  const std::string known = "-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (const std::string version : {"01", "cc", "fe"}) {
    for (const std::string more : {"", "-", "-what-the-future-brings"}) {
      const auto read = context::parse(version + known + more);
      ASSERT_TRUE(read) << version << more;
      EXPECT_EQ(std::string_view(read.traceparent()), well_formed) << "ours is version 00";
    }
    EXPECT_FALSE(context::parse(version + known + "x"));
    EXPECT_FALSE(context::parse(version + known + "0-"));
  }
}

struct broken_parent {
  const char* why;
  std::string text;

  friend std::ostream& operator<<(std::ostream& out, const broken_parent& parent) { return out << parent.why; }
};

class BrokenTraceparent : public ::testing::TestWithParam<broken_parent> {};

// Of the state alone nothing is known either.
TEST_P(BrokenTraceparent, IsNone) {
  const auto read = context::parse(GetParam().text, "congo=t61rcWkgMzE");
  EXPECT_FALSE(read) << GetParam().why;
  EXPECT_THAT(read.state(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenTraceparent,
    ::testing::Values(
        broken_parent{"nothing", ""}, broken_parent{"a word", "sampled"},
        broken_parent{"version ff", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        broken_parent{"version of one digit", "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        broken_parent{"version of three", "000-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        broken_parent{"version of no digits", "zz-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        broken_parent{"version in capitals", "CC-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        broken_parent{"a trace id of zeros", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
        broken_parent{"a span id of zeros", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"},
        broken_parent{"a trace id in capitals", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"},
        broken_parent{"a span id in capitals", "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01"},
        broken_parent{"a letter that is no digit", "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01"},
        broken_parent{"a short trace id", "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01"},
        broken_parent{"a long trace id", "00-4bf92f3577b34da6a3ce929d0e0e47367-00f067aa0ba902b7-01"},
        broken_parent{"a short span id", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b-01"},
        broken_parent{"a long span id", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b77-01"},
        broken_parent{"no flags", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"},
        broken_parent{"flags of one digit", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1"},
        broken_parent{"flags of three", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011"},
        broken_parent{"flags of no digits", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-.0"},
        broken_parent{"flags in capitals", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A"},
        broken_parent{"more of version 00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"},
        broken_parent{"spaces for hyphens", "00 4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 01"},
        broken_parent{"white space in front", " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        broken_parent{"two of them",
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,"
                      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}));

std::string members(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += (i == 0 ? "k" : ",k") + std::to_string(i) + "=v";
  return all;
}

TEST(Tracestate, IsPassedOnAsItCame) {
  for (const std::string& state :
       {std::string("a=1"), std::string("a=1,b=2"), std::string("a=1 , b=2"), std::string("a=1,,b=2"),
        std::string("0a=1"), std::string("fw529a3039@dt=FfAAAA"), std::string("a_-*/=!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"),
        std::string("a=b c"), members(32), std::string(256, 'k') + "=" + std::string(255, 'v')}) {
    EXPECT_EQ(context::parse(well_formed, state).state(), state);
  }
}

// The trace goes on without it.
TEST(Tracestate, IsDroppedIfItIsBroken) {
  for (const std::string& state :
       {std::string("a"), std::string("a="), std::string("=1"), std::string("A=1"), std::string("a b=1"),
        std::string("a=1=2"), std::string("a=\x7f"), std::string("a=\xc3\xa4"), std::string("a=1;b=2,c"),
        std::string("_a=1"), std::string("a=1,b\t=2"), std::string("a=\n"), members(33), std::string(257, 'k') + "=v",
        "k=" + std::string(257, 'v'), "k=" + std::string(255, 'v') + ",l=" + std::string(255, 'v')}) {
    const auto read = context::parse(well_formed, state);
    EXPECT_TRUE(read);
    EXPECT_THAT(read.state(), IsEmpty()) << state;
  }
}

}  // namespace
}  // namespace sundown::trace
