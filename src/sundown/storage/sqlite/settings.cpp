#include <sundown/sqlite/settings.hpp>

#include <string_view>
#include <utility>

namespace sundown::sqlite {

namespace {

using namespace std::chrono_literals;

std::string_view file_fault(std::string_view given) {
  if (given.empty()) return "is empty; it must be the name of a file";
  if (given.starts_with("file:")) return "is a URI; it must be the name of a file (\"./file:...\" if it is called so)";
  if (given == ":memory:") return "would lose everything with the process; it must be the name of a file";
  if (given.ends_with('/')) return "is a directory; it must be the name of a file in it";
  return {};
}

}  // namespace

text_rule a_file() { return {"the name of a file", file_fault}; }

sundown::keys<settings> keys(std::string section, std::string about, text_rule path) {
  sundown::keys<settings> file(std::move(section));
  file.text(&settings::path, "path", std::move(path), std::move(about))
      .duration(&settings::timeout, "timeout", 0ms, 1h, "Waiting for a lock that another process holds; then 503");
  return file;
}

}  // namespace sundown::sqlite
