#pragma once

#include "drain_kit/score.hpp"
#include "drain_kit/stage.hpp"
#include "drain_kit/timeline.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sundown::test::drain_kit {

/// One client: its connection, what is drawn of it, and where its requests are counted. What fails is counted here, so
/// that a scenario only says what its client does; a call that returns false or nothing ends the client.
/// Thread safety: none, one thread each.
class caller {
 public:
  caller(stage& scene, score& count, lane& drawn) : scene_(scene), score_(count), lane_(drawn) {}
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;
  /// Whoever is not in position by now will never be: the signal need not wait for it.
  ~caller();

  /// `receive_buffer`: a small one, so that the server soon notices a slow reader.
  bool connect(int receive_buffer = 0);
  /// `requests`: how many of them begin in these bytes.
  bool send(std::string_view bytes, std::size_t requests = 1);
  /// The next answer, which must be whole and have this status.
  std::optional<reply> take_answer(int status = 200);
  /// One that is not the last: the kit counts the handshake of a WebSocket with what follows.
  std::optional<reply> take_uncounted(int status);
  /// Reads until the text has come.
  bool read_until(std::string_view text);
  /// Reads as somebody does who is slow, until that much is there.
  void read_slowly(std::size_t enough, std::size_t piece, milliseconds pause);

  /// A request is done, other than by an HTTP answer.
  void count_answered();
  /// The server must now end the connection in order.
  void expect_end();
  /// The server must end the connection by force: what was asked for never comes whole.
  void expect_cut();
  void breach(const std::string& what) { score_.breach(what); }
  /// Closes the connection from this side.
  void close();

  /// As the scenario wants it at the signal.
  void in_position();
  clock::time_point wait_signal() const { return scene_.wait_signal(); }
  bool stopping() const { return scene_.stopping(); }
  bool over() const { return scene_.over(); }
  milliseconds limit() const { return scene_.limit(); }
  lane& drawn() { return lane_; }
  raw_client& connection() { return client_; }

 private:
  reply read();
  void lose(const std::string& why);

  stage& scene_;
  score& score_;
  lane& lane_;
  raw_client client_;
  std::size_t owed_ = 0;  ///< requests sent that have no answer yet
  bool told_close_ = false;
  bool in_position_ = false;
};

}  // namespace sundown::test::drain_kit
