#pragma once

#include <algorithm>
#include <iterator>

namespace sundown::redis {

enum class link_state {
  away,      ///< no connection; the pause before the next
  greeting,  ///< connecting, greeting the server, rehearsing: nobody else's commands are sent
  serving,   ///< commands are sent, and the server is checked
  quitting,  ///< QUIT is the last command
  leaving,   ///< the connection has ended, or is given up; its exchanges end
  closed,    ///< no connection, and none will be made
};

struct link_step {
  link_state from, to;

  friend bool operator==(const link_step&, const link_step&) = default;
};

inline constexpr link_step link_steps[] = {
    {link_state::away, link_state::greeting},    {link_state::away, link_state::closed},
    {link_state::greeting, link_state::serving}, {link_state::greeting, link_state::leaving},
    {link_state::serving, link_state::quitting}, {link_state::serving, link_state::leaving},
    {link_state::quitting, link_state::leaving}, {link_state::leaving, link_state::away},
    {link_state::leaving, link_state::closed},
};

constexpr bool may_follow(link_state from, link_state to) {
  return std::find(std::begin(link_steps), std::end(link_steps), link_step{from, to}) != std::end(link_steps);
}

}  // namespace sundown::redis
