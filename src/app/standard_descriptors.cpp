#include "app/standard_descriptors.hpp"

#include <initializer_list>

#include <fcntl.h>
#include <unistd.h>

namespace sundown::app {

void open_standard_descriptors() noexcept {
  for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(each, F_GETFD) >= 0) continue;
    // The lowest number that is free is this one: those below it are open by now.
    if (::open("/dev/null", each == STDIN_FILENO ? O_RDONLY : O_WRONLY) >= 0) continue;
    // Without a /dev, as in a bare chroot: a directory opened like this takes neither reads nor writes.
    [[maybe_unused]] const int placeholder = ::open("/", O_PATH);
  }
}

}  // namespace sundown::app
