#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/redis/connection.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sundown::redis {

/// Why a connection ends whose server sends too much, or what the parser of Boost.Redis does not survive.
inline constexpr auto answer_too_large = boost::asio::error::message_size;

/// Whether the parser of Boost.Redis may see these bytes, which begin with an answer: it makes room for whatever size
/// the server announces, writes past its end for strings of an unknown size, and ends the process where a size is
/// missing.
bool fit_for_the_parser(std::string_view answers, std::size_t limit);

template <class Stream>
concept client_stream =
    std::same_as<typename Stream::executor_type, boost::asio::io_context::executor_type>;  // as link's alone has

}  // namespace sundown::redis

namespace boost::redis::detail {

/// How link's connection reads. The buffer's limit is an exception in Boost.Redis that ends its reading without a
/// word to anybody; here it is an error of the connection.
template <class Stream, class Buffer>
  requires sundown::redis::client_stream<Stream>
class append_some_op<Stream, Buffer> {
 public:
  append_some_op(Stream& stream, Buffer buffer, std::size_t size)
      : stream_(stream), buffer_(std::move(buffer)), size_(size) {}

  template <class Self>
  void operator()(Self& self, system::error_code fault = {}, std::size_t received = 0) {
    switch (std::exchange(step_, step_ == step::begin ? step::read : step_)) {
      case step::begin:
        held_ = buffer_.size();
        if (size_ > buffer_.max_size() - held_) {
          step_ = step::refused;
          return asio::post(stream_.get_executor(), std::move(self));
        }
        buffer_.grow(size_);
        return stream_.async_read_some(buffer_.data(held_, size_), std::move(self));
      case step::read:
        if (fault) return self.complete(fault, 0);
        buffer_.shrink(size_ - received);
        if (!fits()) break;
        return self.complete({}, received);
      case step::refused:
        break;
    }
    self.complete(sundown::redis::answer_too_large, 0);
  }

 private:
  enum class step { begin, read, refused };

  bool fits() {
    const auto all = buffer_.data(0, buffer_.size());
    return sundown::redis::fit_for_the_parser({static_cast<const char*>(all.data()), all.size()}, buffer_.max_size());
  }

  Stream& stream_;
  Buffer buffer_;
  std::size_t size_;
  std::size_t held_ = 0;
  step step_ = step::begin;
};

}  // namespace boost::redis::detail
