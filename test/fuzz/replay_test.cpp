// Each target of test/fuzz with its corpus, and with mutations of it: the same ones in every run.
#include "fuzz/kit.hpp"
#include "fuzz/mutation.hpp"
#include "fuzz/targets.hpp"

#include <sundown/testing/clock.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sundown::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_input = 4096;

/// The corpus's files, in the order of their names.
std::vector<std::string> corpus_of(const std::string& name) {
  std::vector<std::filesystem::path> files;
  for (const auto& each : std::filesystem::directory_iterator(SUNDOWN_FUZZ_CORPUS "/" + name))
    files.push_back(each.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> samples;
  for (const auto& file : files) {
    std::ifstream from(file, std::ios::binary);
    samples.emplace_back(std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>());
  }
  return samples;
}

/// What is wrong with the input; "" if nothing is.
std::string fault_of(void (*run)(std::string_view), std::string_view input) {
  try {
    run(input);
    return {};
  } catch (const std::exception& fault) {
    return fault.what() + std::string("\n  input:    ") + ::testing::PrintToString(std::string(input));
  }
}

/// The corpus, then so many mutations, or those of a second where a machine or a sanitizer is slow. Each has a seed of
/// its own, so that the one that fails can be run alone.
void holds(void (*run)(std::string_view), const std::string& name, unsigned mutations) {
  const auto samples = corpus_of(name);
  ASSERT_FALSE(samples.empty()) << "test/fuzz/corpus/" << name << " has no file";
  for (const auto& each : samples) {
    const auto fault = fault_of(run, each);
    ASSERT_TRUE(fault.empty()) << "a file of test/fuzz/corpus/" << name << ": " << fault;
  }
  const auto end = testing::clock::now() + 1s;
  for (unsigned seed = 0; seed < test::random_source::rounds(mutations); ++seed) {
    if (seed != 0 && testing::clock::now() >= end) break;
    test::random_source random(seed);
    const auto fault = fault_of(run, mutation(samples, random, longest_input));
    ASSERT_TRUE(fault.empty()) << fault << "\n  again: SUNDOWN_TEST_ROUNDS=1 SUNDOWN_TEST_SEED=" << seed
                               << " (more, if it was set)";
  }
}

TEST(Fuzz, ClientAnswer) { holds(client_answer, "client_answer", 3000); }
TEST(Fuzz, Configuration) { holds(configuration, "configuration", 1000); }
TEST(Fuzz, Forwarding) { holds(forwarding, "forwarding", 10'000); }
TEST(Fuzz, Http1) { holds(http1, "http1", 2000); }
TEST(Fuzz, Http2) { holds(http2, "http2", 2000); }
TEST(Fuzz, Inheritance) { holds(inheritance, "inheritance", 5000); }
TEST(Fuzz, JsonBody) { holds(json_body, "json_body", 5000); }
TEST(Fuzz, LogLine) { holds(log_line, "log_line", 10'000); }
TEST(Fuzz, Precondition) { holds(precondition, "precondition", 10'000); }
TEST(Fuzz, ProxyHeader) { holds(proxy_header, "proxy_header", 3000); }
TEST(Fuzz, StoreUrl) { holds(store_url, "store_url", 10'000); }
TEST(Fuzz, Target) { holds(target, "target", 2000); }
TEST(Fuzz, TraceContext) { holds(trace_context, "trace_context", 2000); }

}  // namespace
}  // namespace sundown::fuzz
