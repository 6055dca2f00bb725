#include "tls/file_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sundown::tls {

namespace {

constexpr std::uint32_t itself = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t content =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | itself;
/// What path_resolution(7) allows.
constexpr int most_links = 40;

std::string target_of(const std::string& link) {
  std::array<char, PATH_MAX> text{};
  const auto size = ::readlink(link.c_str(), text.data(), text.size());
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

/// Puts the levels of a path before those that are left.
void put_before(std::deque<std::string>& left, const std::string& path) {
  std::deque<std::string> levels;
  for (std::size_t from = 0; from <= path.size();) {
    const auto slash = std::min(path.find('/', from), path.size());
    if (slash != from) levels.push_back(path.substr(from, slash - from));
    from = slash + 1;
  }
  left.insert(left.begin(), levels.begin(), levels.end());
}

}  // namespace

std::map<std::string, std::set<std::string, std::less<>>> directories_to(const std::string& path) {
  std::map<std::string, std::set<std::string, std::less<>>> directories;
  std::error_code ignored;
  std::deque<std::string> left;
  put_before(left, std::filesystem::absolute(path, ignored).string());
  std::string here = "/";
  for (int links = 0; !left.empty();) {
    const auto name = std::move(left.front());
    left.pop_front();
    if (name == ".") continue;
    if (name == "..") {
      here = std::filesystem::path(here).parent_path().string();
      continue;
    }
    const auto next = here == "/" ? here + name : here + '/' + name;
    struct ::stat info{};
    const bool there = ::lstat(next.c_str(), &info) == 0;
    if (there && S_ISLNK(info.st_mode) && links++ < most_links) {
      directories[here].insert(name);
      const auto target = target_of(next);
      if (target.starts_with('/')) here = "/";
      put_before(left, target);
    } else if (there && S_ISDIR(info.st_mode) && !left.empty()) {
      directories[here];  // only whether it stays itself
      here = next;
    } else {
      directories[here].insert(name);
      break;
    }
  }
  return directories;
}

void file_watch::follow(const std::vector<std::string>& paths) {
  const auto failed = [this] {
    if (fault_.empty()) fault_ = std::error_code(errno, std::generic_category()).message();
  };
  fault_.clear();
  if (!inotify_) inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_) return failed();
  std::map<int, names> fresh;
  for (const auto& path : paths) {
    for (auto& [directory, inside] : directories_to(path)) {
      const auto events = inside.empty() ? itself : content;
      const int watch = ::inotify_add_watch(inotify_.get(), directory.c_str(), events | IN_MASK_ADD);
      if (watch >= 0) {
        fresh[watch].merge(inside);
      } else if (errno != ENOENT && errno != ENOTDIR && !(inside.empty() && errno == EACCES)) {
        failed();
      }
    }
  }
  for (const auto& [watch, unused] : watched_)
    if (!fresh.contains(watch)) ::inotify_rm_watch(inotify_.get(), watch);
  watched_ = std::move(fresh);
}

bool file_watch::take_events() {
  bool changed = false;
  alignas(inotify_event) std::array<char, 4096> buffer;
  for (;;) {
    const auto size = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (size <= 0) return changed;
    for (const char* at = buffer.data(); at < buffer.data() + size;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof event);
      const char* const name = at + sizeof event;
      at += sizeof event + event.len;
      if (event.mask & IN_Q_OVERFLOW) changed = true;
      const auto found = watched_.find(event.wd);
      if (found == watched_.end()) continue;
      if (event.len == 0 ? (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0
                         : found->second.contains(std::string_view(name))) {
        changed = true;
      }
    }
  }
}

}  // namespace sundown::tls
