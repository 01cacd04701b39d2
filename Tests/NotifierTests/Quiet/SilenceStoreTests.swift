import AWS
import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Notifier

@Suite struct SilenceStoreTests {
    private let clock = TestClock(Sample.time)

    private func silence(_ id: String, _ matchers: [String] = ["severity=warning"], hours: Int = 1) throws -> Silence {
        try Silence(
            id: id, matchers: matchers.map { try Matcher($0) }, author: "ada", reason: "new disks",
            start: clock.now, end: clock.now + .seconds(hours * 3_600))
    }

    @Test("what is added is read, the first to end comes first")
    func added() async throws {
        let store = SilenceStore(.memory(), time: clock.source)
        #expect(try await store.contents() == .init())
        let (late, early) = (try silence("late", ["alarm=~\"a \\\"b\\\".*\""], hours: 2), try silence("early"))
        try await store.add(late)
        try await store.add(early)
        #expect(try await store.contents().silences == [early, late])
    }

    @Test("a silence is ended now, one that has not begun goes, and an unknown one is told")
    func ended() async throws {
        let store = SilenceStore(.memory(), time: clock.source)
        try await store.add(silence("abc"))
        var later = try silence("later")
        (later.start, later.end) = (later.start + .seconds(60), later.end + .seconds(60))
        try await store.add(later)
        clock.advance(.seconds(10))
        #expect(try await store.end("abc").end == Sample.time + .seconds(3_600))
        #expect(try await store.end("later") == later)
        #expect(try await store.contents().silences.map(\.end) == [clock.now])
        let error = await #expect(throws: QuietError.self) { try await store.end("abd") }
        #expect(error?.code == .noSuchSilence)
        #expect(error?.message == "there is no silence abd, did you mean abc?")
    }

    @Test("one whose answer was lost is there once, and one that is there twice is ended")
    func lostAnswer() async throws {
        let memory = StateStore.memory()
        // The first write arrives, and the client that repeats it hears that another one was first.
        let isLost = Locked(true)
        let lossy = StateStore(
            read: { try await memory.document($0, until: $1) },
            readPrefix: { try await memory.documents(prefix: $0, until: $1) },
            write: { text, key, condition, expires, deadline in
                let outcome = try await memory.write(text, to: key, if: condition, expires: expires, until: deadline)
                return isLost.withLock { isLost in
                    defer { isLost = false }
                    return isLost ? .conflict(current: nil) : outcome
                }
            }, remove: { try await memory.remove($0, if: $1, until: $2) })
        let store = SilenceStore(lossy, time: clock.source)
        try await store.add(silence("abc"))
        #expect(try await store.contents().silences.count == 1)
        let twice = JSONValue.object(["silences": .array([try silence("abc").json, try silence("abc").json])])
        _ = try await memory.write(twice.description, to: SilenceStore.key, until: clock.now + .seconds(1))
        clock.advance(.seconds(10))
        _ = try await store.end("abc")
        #expect(try await store.contents().silences.map(\.end) == [clock.now, clock.now])
    }

    @Test("what has ended is forgotten after a week")
    func forgotten() async throws {
        let store = SilenceStore(.memory(), time: clock.source)
        try await store.add(silence("old"))
        clock.advance(SilenceStore.retention + .seconds(3_600))
        try await store.add(silence("new"))
        #expect(try await store.contents().silences.map(\.id) == ["old", "new"], "at the limit it stays")
        clock.advance(.microseconds(1))
        try await store.add(silence("newer"))
        #expect(try await store.contents().silences.map(\.id) == ["new", "newer"])
    }

    @Test("what another version wrote stays, and silences nothing")
    func unreadable() async throws {
        let memory = StateStore.memory()
        let store = SilenceStore(memory, time: clock.source)
        let foreign = #"{"silences":[{"id":"x","matchers":["colour=red"],"start":"2026-01-01","end":"2027-01-01"}]}"#
        _ = try await memory.write(foreign, to: SilenceStore.key, until: clock.now + .seconds(1))
        try await store.add(silence("mine"))
        let contents = try await store.contents()
        #expect(contents.silences.map(\.id) == ["mine"])
        #expect(contents.unreadable == ["x"])
        _ = try await memory.write("[1]", to: SilenceStore.key, until: clock.now + .seconds(1))
        let error = await #expect(throws: QuietError.self) { try await store.add(silence("more")) }
        #expect(error?.code == .damaged)
    }

    @Test("many who silence at the same time all do")
    func atOnce() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let time = clock.source
            try await withThrowingTaskGroup { group in
                for number in 0..<6 {
                    let silence = try silence("s\(number)")
                    group.addTask {
                        try await SilenceStore(.folder(folder.path), time: time).add(silence)
                    }
                }
                try await group.waitForAll()
            }
            let found = try await SilenceStore(.folder(folder.path), time: time).contents()
            #expect(Set(found.silences.map(\.id)) == Set((0..<6).map { "s\($0)" }))
        }
    }

    @Test(
        "a silence of almost everything is refused",
        arguments: [
            ([], "needs at least one matcher"), (["tags.team!=shop"], "would silence whatever lacks these values"),
            (["region=~.*", "tags.team!~x"], "would silence whatever lacks these values"),
            (["title=~.+"], "would silence everything"), (["title!="], "would silence everything"),
            (["severity=~ok|.+", "region!=eu"], "would silence everything"),
        ])
    func tooWide(matchers: [String], fault: String) {
        let error = #expect(throws: QuietError.self) { try silence("s", matchers) }
        #expect(error?.message.contains(fault) == true)
    }

    @Test("names are short, and their letters are told apart")
    func names() {
        #expect(Silence.newID { 0 } == "22222")
        #expect(Silence.newID { 0.999999 } == "zzzzz")
    }
}
