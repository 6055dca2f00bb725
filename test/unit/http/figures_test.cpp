// Which statuses are counted one by one.
#include <sundown/http/figures.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

namespace sundown::http {
namespace {

/// The statuses that the sources answer with as they stand there: problem(404, ...), response{204, ...}, {503, "..."}.
std::set<unsigned> statuses_in(const std::filesystem::path& folder) {
  static const std::regex status(
      R"((?:\bproblem\(|\bresponse\{|\breturn \{|\b(?:json_)?text\(|\bstatus = )([1-5][0-9]{2})\b)");
  std::set<unsigned> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.find_first_of("12345") == line.npos) continue;  // the expression takes its time
      for (std::sregex_iterator at(line.begin(), line.end(), status), end; at != end; ++at) {
        found.insert(static_cast<unsigned>(std::stoul((*at)[1])));
      }
    }
  }
  return found;
}

// Whatever the library and the service answer with has a count of its own.
TEST(Figures, EveryStatusOfOursIsCounted) {
  const auto sent = statuses_in(std::filesystem::path(SUNDOWN_SOURCE_DIR) / "src");
  EXPECT_THAT(sent, testing::IsSupersetOf({200u, 204u, 400u, 403u, 404u, 405u, 408u, 409u, 411u, 412u,
                                           413u, 414u, 415u, 417u, 426u, 431u, 500u, 501u, 503u, 505u}))
      << "they are found";
  for (const auto status : sent) {
    EXPECT_NE(std::ranges::find(counted_statuses, status), counted_statuses.end()) << status;
  }
  EXPECT_TRUE(std::ranges::is_sorted(counted_statuses));
}

}  // namespace
}  // namespace sundown::http
