#pragma once

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace sundown::http::detail {

namespace asio = boost::asio;

/// The bytes that were read and not yet used up: [begin, end), of which the parser has taken [begin, parsed).
///
/// The capacity never grows. While a request is being served its head stays where it is, since the handler holds views
/// into it; body bytes pass through the space behind it.
class input_buffer {
 public:
  /// One head of `header_limit` bytes fits, with room behind it for body bytes or pipelined requests.
  explicit input_buffer(std::size_t header_limit) : capacity_(header_limit + read_ahead), data_(new char[capacity_]) {}

  const char* request_begin() const noexcept { return data_.get() + begin_; }
  std::string_view unparsed() const noexcept { return {data_.get() + parsed_, end_ - parsed_}; }
  std::string_view all() const noexcept { return {data_.get() + begin_, end_ - begin_}; }
  bool all_parsed() const noexcept { return parsed_ == end_; }
  bool empty() const noexcept { return begin_ == end_; }
  /// How much of the current request the parser has taken.
  std::size_t parsed_size() const noexcept { return parsed_ - begin_; }

  /// Where the next read goes. Empty only between two requests, until compact(): an incomplete head and a held one
  /// leave room.
  asio::mutable_buffer space() noexcept { return {data_.get() + end_, capacity_ - end_}; }
  void received(std::size_t n) noexcept { end_ += n; }
  void parsed(std::size_t n) noexcept { parsed_ += n; }

  /// The current request is answered: the next one begins after what the parser has taken.
  void next_request() noexcept {
    begin_ = parsed_;
    if (begin_ == end_) begin_ = parsed_ = end_ = 0;
  }

  /// Makes room for the rest of a head. Only between requests or before a head is complete: it moves the bytes.
  void compact() noexcept {
    if (capacity_ - end_ < read_ahead / 2) move_to_front();
  }

  /// Makes room for the body of a head that has just become complete, wherever behind other requests it ends: from here
  /// on it stays in its place, and all of the body passes through what is left behind it. It moves the bytes.
  void hold_head(std::size_t head_size) noexcept {
    if (capacity_ - begin_ - head_size < read_ahead) move_to_front();
  }

  /// Body bytes behind the head: drops those that the parser has taken, so that the space can be used again.
  void drop_parsed_after(std::size_t head_size) noexcept {
    const auto head_end = begin_ + head_size;
    std::memmove(data_.get() + head_end, data_.get() + parsed_, end_ - parsed_);
    end_ -= parsed_ - head_end;
    parsed_ = head_end;
  }

  void clear() noexcept { begin_ = parsed_ = end_ = 0; }

 private:
  void move_to_front() noexcept {
    if (begin_ == 0) return;
    std::memmove(data_.get(), request_begin(), end_ - begin_);
    parsed_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }

  static constexpr std::size_t read_ahead = 8 << 10;

  std::size_t capacity_;
  std::unique_ptr<char[]> data_;
  std::size_t begin_ = 0;
  std::size_t parsed_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sundown::http::detail
