#pragma once

#include "drain_kit/options.hpp"
#include "drain_kit/run.hpp"

#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

/// A scenario that was played, once for each of --runs.
struct played {
  std::string name, sentence, source, seen;
  std::vector<outcome> runs;  ///< at least one

  figures sum() const;
  verdict result() const;
  /// By verdict, then by what was lost, then by time.
  const outcome& worst() const;
  /// In how many runs something was lost.
  std::size_t runs_with_losses() const;
};

/// A scenario that was not.
struct omitted {
  std::string name, why;
};

/// A scenario that could not be played in some of its runs, or in none: the server did not start, or the kit itself had
/// no means. Of the stop that tells nothing.
struct hindered {
  std::string name;
  std::vector<std::string> whys = {};  ///< one for each such run
};

/// What came of all.
struct suite_report {
  std::string server, profile, speech;
  unsigned seed = 1;
  int runs = 1;
  milliseconds grace{0};
  bool strict = false;
  std::vector<played> scenarios;
  std::vector<hindered> not_run;  ///< some of whose runs may be among `scenarios`
  std::vector<omitted> left_out;

  /// In what was played nothing was lost or late, and if that counts no rule was broken.
  bool passed() const;
  /// At least one of its runs.
  bool has_played(const std::string& name) const;
  /// The kit's: 1 if it has not passed, else 2 if something could not run.
  int exit_code() const;
};

/// A verdict with which the kit's exit code is 1.
bool fails(verdict which, bool strict);

/// Plays what the options ask for, and tells on stdout what goes on. Throws usage_error, or std::runtime_error where
/// the server can't be had at all.
suite_report play_suite(const options& asked);

}  // namespace sundown::testing::drain_kit
