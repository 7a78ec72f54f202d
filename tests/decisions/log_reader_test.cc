#include "decisions/log_reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "decisions/log_format.h"
#include "tests/decisions/session.h"

namespace squall::decisions {
namespace {

std::string fault(const std::string& bytes) {
  Result<LogReader> log = LogReader::of(bytes, "test.log");
  if (!log) return log.error().all().front().what;
  for (;;) {
    const auto read = log->next();
    if (!read) return read.error().all().front().what;
    if (*read == nullptr) return "";
  }
}

/// The magic and an empty start.
std::string begun() { return std::string(kMagic) + '\0'; }

TEST(LogReader, WhatIsNoLogIsAnError) {
  EXPECT_EQ(fault("something else"), "test.log: not a decision log");
  EXPECT_EQ(fault(""), "test.log: not a decision log");
  EXPECT_EQ(fault("squall decisions 1\n"),
            "test.log: a decision log in the format of another version");
  EXPECT_EQ(fault(std::string(kMagic)), "test.log: cut before its first decision");
  EXPECT_EQ(LogReader::open("no/such.log").error().all().front().what,
            "no/such.log: No such file or directory");
}

TEST(LogReader, ABrokenMessageIsAnErrorWithItsPlace) {
  EXPECT_EQ(fault(begun() + "\xff\xff\xff\xff\x7f"),
            "test.log: the message at byte 20 is too long");
  EXPECT_EQ(fault(begun() + "\xff\xff\xff\xff\xff\x01"),
            "test.log: the message at byte 20 has no length");
  EXPECT_EQ(fault(begun() + "\x02\x08\xff"), "test.log: the message at byte 20 is broken");
}

TEST(LogReader, ATextThatIsNoneIsAnErrorOfOurOwn) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(fault(std::string(kMagic) + "\x05\x0a\x03\x0a\x01\xff"),
            "test.log: the message at byte 19 is broken");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(LogReader, AnEmptyLogHasNoDecision) {
  Result<LogReader> log = LogReader::of(begun(), "test.log");
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(*log->next(), nullptr);
  EXPECT_FALSE(log->cut());
}

TEST(LogReader, ACutMessageIsTheEnd) {
  Result<LogReader> log = LogReader::of(begun() + "\x05\x08", "test.log");
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(*log->next(), nullptr);
  EXPECT_TRUE(log->cut());
}

TEST(LogReader, AFileIsReadAsItsBytesAre) {
  const Session session(log_file(), 3000);
  Result<LogReader> file = LogReader::open(log_file());
  Result<LogReader> bytes = LogReader::of(session.bytes(), "test.log");
  ASSERT_TRUE(file.has_value() && bytes.has_value());
  for (;;) {
    const auto one = file->next(), other = bytes->next();
    ASSERT_TRUE(one.has_value() && other.has_value());
    ASSERT_EQ(*one == nullptr, *other == nullptr);
    if (*one == nullptr) break;
    ASSERT_EQ((*one)->SerializeAsString(), (*other)->SerializeAsString());
  }
}

}  // namespace
}  // namespace squall::decisions
