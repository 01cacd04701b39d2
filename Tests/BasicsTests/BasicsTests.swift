import Basics
import Foundation
import TestSupport
import Testing

@Suite struct RecentValuesTests {
    @Test func theOldestKeyIsPushedOut() {
        var recent = RecentValues<String, Int>(capacity: 2)
        (recent["a"], recent["b"]) = (1, 2)
        recent["a"] = 3  // Setting again does not make a key younger.
        recent["c"] = 4
        #expect(recent["a"] == nil)
        #expect(recent["b"] == 2)
        #expect(recent["c"] == 4)
    }

    @Test func aSetOfSeenValues() {
        var seen = RecentValues<String, Void>(capacity: 1)
        #expect(!seen.contains("a"))
        seen.insert("a")
        #expect(seen.contains("a"))
        seen.insert("b")
        #expect(!seen.contains("a"))
        #expect(seen.contains("b"))
    }
}

@Suite struct StringsTests {
    @Test(arguments: [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0), ("ab", "ba", 2)])
    func editDistance(left: String, right: String, distance: Int) {
        #expect(left.editDistance(to: right) == distance)
    }

    @Test(arguments: [("interwal", "interval"), ("url", "url"), ("zzz", nil), ("conditons", "conditions")])
    func theNearestName(name: String, nearest: String?) {
        #expect(["interval", "url", "conditions"].nearest(to: name) == nearest)
    }

    @Test(arguments: [
        ("a-b-a", "a", "x", "x-b-x"), ("abc", "", "x", "abc"), ("aaa", "aa", "b", "ba"), ("é", "e", "x", "é"),
    ])
    func replacing(text: String, part: String, replacement: String, result: String) {
        #expect(text.replacingBytes(part, with: replacement) == result)
    }

    @Test(arguments: [("  a b\t\n", "a b"), ("", ""), (" \n", ""), ("a", "a"), ("\u{A0}a\u{3000}", "a")])
    func trimming(text: String, result: String) {
        #expect(text.trimmingWhitespace == result)
    }
}

@Suite struct PercentCodingTests {
    @Test(arguments: [
        ("a b/c~", "a%20b%2Fc~"), ("é", "%C3%A9"), ("", ""), ("-._~", "-._~"), ("100%", "100%25"),
    ])
    func encoding(text: String, encoded: String) {
        #expect(percentEncoded(text) == encoded)
        #expect(percentDecoded(encoded) == text)
    }

    @Test func encodingOfPathsAndForms() {
        #expect(percentEncoded("a/b c", keeping: "/", spaceAsPlus: true) == "a/b+c")
        #expect(percentDecoded("a+b") == "a b")
        #expect(percentDecoded("a+b", plusAsSpace: false) == "a+b")
    }

    @Test(arguments: [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%41%", "A%"), ("%2b", "+")])
    func whatIsNoEscapeStays(text: String, decoded: String) {
        #expect(percentDecoded(text) == decoded)
    }
}

@Suite struct DigestTests {
    @Test func knownAnswers() {
        #expect(Digest.sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest.sha1(Array("abc".utf8)).hex == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(Digest.md5(Array("abc".utf8)).hex == "900150983cd24fb0d6963f7d28e17f72")
        // RFC 4231, test case 2.
        #expect(
            Digest.hmac(key: Array("Jefe".utf8), "what do ya want for nothing?").hex
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
}

@Suite struct GlobTests {
    @Test(arguments: [
        ("*", "", true), ("a*c", "abbc", true), ("a*c", "abcd", false), ("a?c", "abc", true), ("a?c", "ac", false),
        ("**a", "bca", true), ("", "", true), ("", "a", false), ("[a]", "[a]", true), ("*é?", "xéz", true),
    ])
    func matching(pattern: String, text: String, matches: Bool) {
        #expect(Glob(pattern).matches(text) == matches)
    }
}

@Suite struct OnFirstUseTests {
    @Test func aFailureIsNotKept() throws {
        let attempts = Locked(0)
        let value = OnFirstUse {
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            if attempt == 1 { throw SystemError(2) }
            return attempt
        }
        #expect(throws: SystemError(2)) { try value.value() }
        #expect(try value.value() == 2)
        #expect(try value.value() == 2)
    }
}

@Suite struct FileContentsTests {
    @Test func aFileWithinTheLimit() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.path + "/file"
            let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
            try Data(bytes).write(to: folder.appending(path: "file"))
            #expect(try contents(ofFile: path, limit: 100_000) == bytes)
            #expect(throws: SystemError(EFBIG)) { try contents(ofFile: path, limit: 99_999) }
            #expect(throws: SystemError(ENOENT)) { try contents(ofFile: path + "s", limit: 1) }
            #expect(throws: SystemError(EISDIR)) { try contents(ofFile: folder.path, limit: 1) }
        }
    }

    @Test func theSystemsText() { #expect("\(SystemError(ENOENT))" == "No such file or directory") }
}

@Suite struct UUIDTests {
    @Test func versionAndVariant() {
        #expect(randomUUID { 0xFF } == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(randomUUID { 0 } == "00000000-0000-4000-8000-000000000000")
    }
}
