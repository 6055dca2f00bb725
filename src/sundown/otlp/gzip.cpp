#include "otlp/gzip.hpp"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/crc.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>
#include <cstdint>

namespace sundown::otlp {

namespace {

namespace zlib = boost::beast::zlib;

constexpr int level = 1;
constexpr int window_bits = 15, memory_level = 8;  // zlib's own

/// Little-endian, as all of gzip is.
void append_number(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xff);
}

}  // namespace

std::string gzip(std::string_view text) {
  // Deflate, no flags, no time, no word on the level, an unknown system.
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  zlib::deflate_stream stream;
  stream.reset(level, window_bits, memory_level, zlib::Strategy::normal);
  const auto head = out.size();
  out.resize(head + stream.upper_bound(text.size()));
  zlib::z_params io;
  io.next_in = text.data();
  io.avail_in = text.size();
  io.next_out = out.data() + head;
  io.avail_out = out.size() - head;
  boost::system::error_code ec;
  stream.write(io, zlib::Flush::finish, ec);
  if (ec != zlib::error::end_of_stream) throw boost::system::system_error(ec, "gzip");
  out.resize(head + io.total_out);
  boost::crc_32_type sum;
  sum.process_bytes(text.data(), text.size());
  append_number(out, sum.checksum());
  append_number(out, static_cast<std::uint32_t>(text.size()));
  return out;
}

}  // namespace sundown::otlp
