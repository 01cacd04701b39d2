import AWS
import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing
import Transport

@testable import SLAReport

/// Files in moto's S3 and in a folder.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(3)))
struct ReportWriterTests {
    private static func file(_ path: String, _ text: String) -> ReportFile {
        ReportFile(
            path: path, contentType: "text/plain; charset=utf-8", bytes: Array(text.utf8), maximumAge: .seconds(300))
    }

    private static let location = ReportLocation.bucket("reports", prefix: "site/")

    /// Writes files as one whole report, `age` seconds before the place's time.
    private func report(
        _ place: ReportPlace, _ files: [ReportFile], at location: ReportLocation = location, age: Int = 0,
        maker: String = "", removes: Bool = false
    ) async throws -> ReportWriter.Summary? {
        let now = place.clock.now
        return try await place.run { aws in
            let store = try ReportFileStore.at(location) { aws }
            guard
                let writer = try await ReportWriter.whole(
                    store, generatedAt: now - .seconds(age), deadline: now + .seconds(60), maker: maker)
            else { return nil }
            try await writer.write(files, isNoted: true)
            if removes { await writer.removeGone(below: ["s/"]) }
            try await writer.finish()
            return writer.summary
        }
    }

    @Test("only changed files are written, with their types; after a day all of them, so that they do not expire")
    func changed() async throws {
        let place = try await ReportPlace.inMoto()
        let first = try #require(try await report(place, [Self.file("a.txt", "1"), Self.file("b/c.txt", "1")]))
        #expect(first.written == 2)
        #expect(try await place.keys() == ["site/.report-state", "site/a.txt", "site/b/c.txt"])
        let head = try await place.call(.s3, "HeadObject", ["Bucket": "reports", "Key": "site/a.txt"])
        #expect(head["ContentType"] == "text/plain; charset=utf-8")
        #expect(head["CacheControl"] == "max-age=300")
        place.clock.advance(.seconds(60))
        let second = try #require(try await report(place, [Self.file("a.txt", "2"), Self.file("b/c.txt", "1")]))
        #expect(second.written == 1)
        #expect(second.unchanged == 1)
        #expect(try await place.text("site/a.txt") == "2")
        place.clock.advance(.seconds(86_400))
        let third = try #require(try await report(place, [Self.file("a.txt", "2"), Self.file("b/c.txt", "1")]))
        #expect(third.written == 2)
    }

    @Test("an object that another program replaced or removed is written again where its content is to change")
    func foreign() async throws {
        let place = try await ReportPlace.inMoto()
        _ = try await report(place, [Self.file("a.txt", "1"), Self.file("b.txt", "1")])
        place.clock.advance(.seconds(60))
        try await place.run { aws in
            let client = try AWSClient(.s3, configuration: aws)
            _ = try await client.send(
                "PutObject", ["Bucket": "reports", "Key": "site/a.txt"], body: .bytes(Array("x".utf8)))
        }
        try await place.call(.s3, "DeleteObject", ["Bucket": "reports", "Key": "site/b.txt"])
        let summary = try #require(try await report(place, [Self.file("a.txt", "2"), Self.file("b.txt", "2")]))
        #expect(summary.failures.isEmpty)
        #expect(summary.written == 2)
        #expect(try await place.text("site/a.txt") == "2")
        #expect(try await place.text("site/b.txt") == "2")
    }

    @Test("without its state a report looks at the objects, and writes only those that differ")
    func lostState() async throws {
        let place = try await ReportPlace.inMoto()
        _ = try await report(place, [Self.file("a.txt", "1"), Self.file("b.txt", "1")])
        try await place.call(.s3, "DeleteObject", ["Bucket": "reports", "Key": "site/.report-state"])
        place.clock.advance(.seconds(60))
        let summary = try #require(try await report(place, [Self.file("a.txt", "1"), Self.file("b.txt", "2")]))
        #expect(summary.unchanged == 1)
        #expect(summary.written == 1)
    }

    @Test("of two reports at once the later one stays, whoever writes last")
    func twoAtOnce() async throws {
        let place = try await ReportPlace.inMoto()
        let now = place.clock.now
        let (older, later) = try await place.run { aws in
            let store = try ReportFileStore.at(Self.location) { aws }
            let deadline = now + .seconds(60)
            let older = try #require(
                try await ReportWriter.whole(store, generatedAt: now - .seconds(30), deadline: deadline))
            let later = try #require(try await ReportWriter.whole(store, generatedAt: now, deadline: deadline))
            try await older.write([Self.file("a.txt", "older"), Self.file("b.txt", "same")], isNoted: true)
            try await later.write(
                [Self.file("a.txt", "later"), Self.file("b.txt", "same"), Self.file("c.txt", "later")], isNoted: true)
            try await later.finish()
            try await older.write([Self.file("c.txt", "older")], isNoted: true)
            try await older.finish()
            return (older.summary, later.summary)
        }
        #expect(later.written == 2)
        #expect(later.unchanged == 1)
        #expect(older.superseded == 1)
        #expect(older.failures.isEmpty)
        #expect(try await place.text("site/a.txt") == "later")
        #expect(try await place.text("site/c.txt") == "later")
        // What both noted fits the objects: the next report changes all with one request each.
        place.clock.advance(.seconds(60))
        let next = try #require(
            try await report(place, ["a", "b", "c"].map { Self.file("\($0).txt", "next") }))
        #expect(next.written == 3)
        #expect(next.failures.isEmpty)
        #expect(try await report(place, [Self.file("a.txt", "old")], age: 3_600) == nil)
        #expect(try await place.text("site/a.txt") == "next")
    }

    @Test("in a folder: changed files only, with modes that a web server can read, and no way out of it")
    func folder() async throws {
        let place = try await ReportPlace.inMoto()
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "new/site").path
            let location = try #require(ReportLocation(path))
            let files = [Self.file("a.txt", "1"), Self.file("b/c.txt", "1"), Self.file("../out.txt", "1")]
            let first = try #require(try await report(place, files, at: location))
            #expect(first.written == 2)
            #expect(first.failures.map(\.path) == ["../out.txt"])
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "new/out.txt").path))
            place.clock.advance(.seconds(60))
            let second = try #require(
                try await report(place, [Self.file("a.txt", "2"), Self.file("b/c.txt", "1")], at: location))
            #expect(second.written == 1)
            #expect(second.unchanged == 1)
            #expect(try String(contentsOfFile: path + "/a.txt", encoding: .utf8) == "2")
            let mode = try FileManager.default.attributesOfItem(atPath: path + "/a.txt")[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o444 } == 0o444)
            #expect(try await report(place, [Self.file("a.txt", "old")], at: location, age: 3_600) == nil)
        }
    }

    private static let all = ["a", "s/a", "s/b", "s/c"].map { file($0, "1") }

    /// A report of all files, then two of others; the rest of the first one's are files of gone services.
    /// - Parameters:
    ///   - days: between the first and the last.
    ///   - interval: days between the last two.
    private func gone(
        _ place: ReportPlace, days: Int, _ files: [ReportFile], at location: ReportLocation = location,
        maker: String = "m", interval: Int = 1, between: () async throws -> Void = {}
    ) async throws -> ReportWriter.Summary {
        _ = try await report(place, Self.all, at: location, maker: "m")
        try await between()
        place.clock.advance(.seconds((days - interval) * 86_400))
        if interval < days { _ = try await report(place, files, at: location, maker: maker) }
        place.clock.advance(.seconds(interval * 86_400))
        return try #require(try await report(place, files, at: location, maker: maker, removes: true))
    }

    @Test(
        "files of services that are gone are removed after a week, by who made them, unless more would go than stay",
        arguments: [
            (7, 3, "m", 1, false), (6, 3, "m", 0, false), (7, 3, "other", 0, false), (7, 3, "", 0, false),
            (7, 2, "m", 0, true),
        ])
    func removed(days: Int, kept: Int, maker: String, removed: Int, isTold: Bool) async throws {
        let place = try await ReportPlace.inMoto()
        let summary = try await gone(place, days: days, Array(Self.all.prefix(kept)), maker: maker)
        #expect(summary.removed == removed)
        #expect((summary.removalFault != nil) == isTold)
        #expect(summary.failures.isEmpty)
        let left = removed == 0 ? ["site/s/a", "site/s/b", "site/s/c"] : ["site/s/a", "site/s/b"]
        #expect(try await place.keys() == ["site/.report-state", "site/a"] + left)
        // It is forgotten then.
        place.clock.advance(.seconds(60))
        let next = try await report(place, Array(Self.all.prefix(kept)), maker: maker, removes: true)
        #expect(next?.removed == 0)
    }

    @Test("a pause of reports is no sign that services are gone", arguments: [(2, 1), (3, 0), (7, 0)])
    func pause(interval: Int, removed: Int) async throws {
        let place = try await ReportPlace.inMoto()
        let summary = try await gone(place, days: 7, Array(Self.all.prefix(3)), interval: interval)
        #expect(summary.removed == removed)
        #expect(summary.removalFault == nil)
    }

    @Test("what another program has written, and what is in no folder of services, is not removed")
    func foreignStays() async throws {
        let place = try await ReportPlace.inMoto()
        let summary = try await gone(place, days: 30, [Self.all[1], Self.all[2]]) {
            try await place.run { aws in
                _ = try await AWSClient(.s3, configuration: aws).send(
                    "PutObject", ["Bucket": "reports", "Key": "site/s/c"], body: .bytes(Array("1".utf8)))
            }
        }
        #expect(summary.removed == 0)
        #expect(summary.removalFault == nil)
        #expect(try await place.keys().suffix(4) == ["site/a", "site/s/a", "site/s/b", "site/s/c"])
    }

    @Test("a file that a message wrote later is not gone")
    func supersededStays() async throws {
        let place = try await ReportPlace.inMoto()
        let later = place.clock.now + .seconds(7 * 86_400 + 1)
        let summary = try await gone(place, days: 7, Array(Self.all.prefix(3))) {
            try await place.run { aws in
                let store = try ReportFileStore.at(Self.location) { aws }
                let writer = ReportWriter.part(store, generatedAt: later, deadline: later)
                try await writer.write([Self.file("s/b", "2")], isNoted: false)
            }
        }
        #expect(summary.superseded == 1)
        #expect(summary.removed == 1)
        #expect(try await place.keys() == ["site/.report-state", "site/a", "site/s/a", "site/s/b"])
    }

    @Test("in a folder, too, with the folder that is empty then")
    func removedInFolder() async throws {
        let place = try await ReportPlace.inMoto()
        try await Workspace.withTemporaryFolder { folder in
            let location = ReportLocation.folder(folder.path)
            let more = Self.all + [Self.file("s/d/e", "1"), Self.file("s/f", "1")]
            _ = try await report(place, more, at: location, maker: "m")
            try "changed".write(toFile: folder.path + "/s/f", atomically: false, encoding: .utf8)
            place.clock.advance(.seconds(7 * 86_400))
            _ = try await report(place, Self.all, at: location, maker: "m")
            place.clock.advance(.seconds(86_400))
            let summary = try await report(place, Self.all, at: location, maker: "m", removes: true)
            #expect(summary?.removed == 1)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/s/d"))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/s")
            #expect(left.sorted() == ["a", "b", "c", "f"])
        }
    }

    @Test("a removal that is refused is told once, and tried again by the next report")
    func refusedRemoval() async throws {
        let place = try await ReportPlace.inMoto()
        _ = try await report(place, Self.all, maker: "m")
        place.clock.advance(.seconds(6 * 86_400))
        _ = try await report(place, Array(Self.all.prefix(3)), maker: "m")
        place.clock.advance(.seconds(86_400))
        let now = place.clock.now
        for fault in ["needed: s3:DeleteObject", nil] {
            let summary = try await place.run { aws in
                let live = try ReportFileStore.at(Self.location) { aws }
                let store = ReportFileStore(
                    put: live.put,
                    remove: { path, known, deadline in
                        if let fault { throw ReportError(.unwritten, fault) }
                        return try await live.remove(path, known, deadline)
                    }, state: live.state, notesFiles: true, writesAtOnce: 1)
                let writer = try #require(
                    try await ReportWriter.whole(store, generatedAt: now, deadline: now + .seconds(60), maker: "m"))
                try await writer.write(Array(Self.all.prefix(3)), isNoted: true)
                await writer.removeGone(below: ["s/"])
                try await writer.finish()
                return writer.summary
            }
            #expect(summary.removalFault?.contains("s/c: needed: s3:DeleteObject") ?? false == (fault != nil))
            #expect(summary.removed == (fault == nil ? 1 : 0))
            #expect(summary.failures.isEmpty)
        }
    }

    @Test("a file that is refused does not hold back the others, and the next report writes it", arguments: [403, 500])
    func refused(status: Int) async throws {
        let server = try ScriptedServer { request in
            if request.method == "PUT", request.target.hasSuffix("/site/b.txt") {
                return .http(status, body: "<Error><Code>Refused</Code><Message>no</Message></Error>")
            }
            if request.method == "PUT" { return .http(200, headers: [("ETag", "\"1\"")]) }
            return .http(404, body: "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")
        }
        let summary = try #require(
            try await report(
                ReportPlace(at: server.url), ["a", "b", "c"].map { Self.file("\($0).txt", "1") }))
        #expect(summary.written == 2)
        #expect(summary.failures.map(\.path) == ["b.txt"])
        #expect(summary.failures[0].reason.contains("needed: s3:PutObject") == (status == 403))
        let state = try #require(server.requests.last { $0.target.hasSuffix(".report-state") })
        let files = try JSONValue(parsing: state.body)["files"]?.objectValue?.keys
        #expect(files == ["a.txt", "c.txt"])
    }

    @Test("an object that is there and may not be read is told with the permission, at once")
    func denied() async throws {
        // With s3:PutObject alone, on objects that S3 does not let one see.
        let server = try ScriptedServer { request in
            let isThere = request.target.hasSuffix("/site/a.txt")
            if request.method == "PUT" {
                let creates = request.headers.contains { $0.name.lowercased() == "if-none-match" }
                if isThere, creates {
                    return .http(412, body: "<Error><Code>PreconditionFailed</Code><Message>no</Message></Error>")
                }
                return .http(200, headers: [("ETag", "\"1\"")])
            }
            return .http(403, body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
        }
        let place = ReportPlace(at: server.url)
        let now = place.clock.now
        let summary = try await place.run { aws in
            let store = try ReportFileStore.at(Self.location) { aws }
            let writer = ReportWriter.part(store, generatedAt: now, deadline: now + .seconds(60))
            try await writer.write([Self.file("a.txt", "1"), Self.file("b.txt", "1")], isNoted: false)
            return writer.summary
        }
        // One that is absent is refused as well, and the write tells.
        #expect(summary.written == 1)
        #expect(summary.failures.map(\.path) == ["a.txt"])
        let reason = try #require(summary.failures.first?.reason)
        #expect(reason.contains("s3://reports/site/a.txt is there"), "\(reason)")
        #expect(reason.contains("allow s3:GetObject on arn:aws:s3:::reports/site/*"), "\(reason)")
        #expect(server.requests.count { $0.method == "PUT" && $0.target.hasSuffix("/site/a.txt") } == 1)
    }

    @Test(
        "paths",
        arguments: [
            ("a", true), ("a/b.txt", true), ("", false), ("/a", false), ("a/", false), ("a//b", false),
            ("a/../b", false),
            ("./a", false), ("a\u{0}b", false), ("a\nb", false), ("..a", true), ("Küche", true),
        ])
    func paths(path: String, isSafe: Bool) {
        #expect(Self.file(path, "").hasSafePath == isSafe)
    }

    @Test(
        "locations",
        arguments: [
            ("site", ReportLocation.folder("site")), ("/a/b/", .folder("/a/b")),
            ("s3://b", .bucket("b", prefix: "")), ("s3://b/p", .bucket("b", prefix: "p/")), ("s3://", nil),
            ("https://b", nil), ("", nil),
        ] as [(String, ReportLocation?)])
    func locations(text: String, location: ReportLocation?) {
        #expect(ReportLocation(text) == location)
    }
}
