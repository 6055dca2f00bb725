#pragma once

#include <boost/scope/unique_fd.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace sundown::tls {

/// Hears of changes of files, by inotify(7) on the directories that lead to them: of the file's, of each symlink's on
/// the way, and of what is there as long as one of them is missing. So neither Kubernetes' swap of `..data` nor a
/// directory that is removed and made again is missed.
///
/// Thread safety: one thread.
class file_watch {
 public:
  /// Why the kernel tells nothing, or not all; "" if it does.
  const std::string& fault() const noexcept { return fault_; }
  /// For poll(2); -1 without inotify.
  int descriptor() const noexcept { return inotify_.get(); }

  /// Looks anew at what leads to these paths, and watches that and nothing else.
  void follow(const std::vector<std::string>& paths);
  /// Takes the events that have come. True if one of them may be a change of a file.
  bool take_events();

 private:
  using names = std::set<std::string, std::less<>>;

  boost::scope::unique_fd inotify_;
  std::map<int, names> watched_;  ///< by watch descriptor: what in its directory counts
  std::string fault_;
};

/// The directories on the way to a path, without a symlink in them, each with the names in it that lead on. The path
/// need not exist.
std::map<std::string, std::set<std::string, std::less<>>> directories_to(const std::string& path);

}  // namespace sundown::tls
