import AWS
import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing
import Transport

/// The same cases for all stores: real files, and S3 and DynamoDB in moto.
@Suite(.timeLimit(.minutes(2))) struct StateStoreTests {
    private static let odd = "a/b ü%2F.json #?"

    @Test(arguments: StoreKind.available) func writtenAndRead(kind: StoreKind) async throws {
        try await kind.run { store, other in
            #expect(try await store.document("a", until: farFuture) == nil)
            #expect(try await store.documents(until: farFuture).isEmpty)
            let text = #"{"text":"ü \"quoted\"\nline"}"#
            guard case .written(let version) = try await store.write(text, to: "a", until: farFuture) else {
                Issue.record("not written")
                return
            }
            let document = try await other.document("a", until: farFuture)
            #expect(document == StateStore.Document(text: text, version: version))
            #expect(document?.json?["text"] == "ü \"quoted\"\nline")
            _ = try await store.write("second", to: Self.odd, until: farFuture)
            #expect(
                try await other.documents(until: farFuture).mapValues(\.text) == ["a": text, Self.odd: "second"])
            #expect(try await store.document(Self.odd, until: farFuture)?.json == nil)
            #expect(try await store.remove("a", until: farFuture))
            #expect(try await store.remove("a", until: farFuture), "removing again is no fault")
            #expect(try await other.documents(until: farFuture).keys.sorted() == [Self.odd])
        }
    }

    @Test(arguments: StoreKind.available) func createdOnlyIfAbsent(kind: StoreKind) async throws {
        try await kind.run { store, other in
            let first = try await store.write("1", to: "k", if: .absent, until: farFuture)
            #expect(first.isWritten)
            try await expectConflict(other.write("2", to: "k", if: .absent, until: farFuture), with: "1")
            #expect(try await store.document("k", until: farFuture)?.text == "1")
            #expect(try await store.remove("k", if: .absent, until: farFuture) == false)
            #expect(try await store.remove("none", if: .absent, until: farFuture))
        }
    }

    @Test(arguments: StoreKind.available) func replacedOnlyIfUnchanged(kind: StoreKind) async throws {
        try await kind.run { store, other in
            _ = try await store.write("1", to: "k", until: farFuture)
            let read = try await store.document("k", until: farFuture)
            #expect(try await other.write("2", to: "k", if: .unchanged(since: read), until: farFuture).isWritten)
            try await expectConflict(
                store.write("3", to: "k", if: .unchanged(since: read), until: farFuture), with: "2")
            #expect(try await store.remove("k", if: .unchanged(since: read), until: farFuture) == false)
            let again = try await store.document("k", until: farFuture)
            #expect(again?.text == "2")
            #expect(try await store.remove("k", if: .unchanged(since: again), until: farFuture))
            try await expectConflict(
                store.write("4", to: "k", if: .unchanged(since: again), until: farFuture), with: nil)
            #expect(try await store.document("k", until: farFuture) == nil)
        }
    }

    /// The version of a write is good for the next one, without reading in between.
    @Test(arguments: StoreKind.available) func aChainOfWrites(kind: StoreKind) async throws {
        try await kind.run { store, _ in
            var condition = StateStore.Condition.absent
            for number in 0..<5 {
                guard
                    case .written(let version) = try await store.write(
                        "\(number)", to: "k", if: condition, until: farFuture)
                else {
                    Issue.record("write \(number) was refused")
                    return
                }
                condition = .unchanged(version)
            }
            #expect(try await store.document("k", until: farFuture)?.text == "4")
        }
    }

    @Test(arguments: StoreKind.available) func oneOfManyWritersWins(kind: StoreKind) async throws {
        try await kind.run { store, other in
            let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<8 {
                    let store = number.isMultiple(of: 2) ? store : other
                    // moto looks for what is there and writes in two steps, between which another writer fits.
                    if kind == .bucket || kind == .table {
                        let outcome = try await store.write("\(number)", to: "k", if: .absent, until: farFuture)
                        group.addTask { outcome.isWritten }
                        continue
                    }
                    group.addTask {
                        try await store.write("\(number)", to: "k", if: .absent, until: farFuture).isWritten
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wins == 1)
        }
    }

    private func expectConflict(
        _ outcome: StateStore.WriteOutcome, with text: String?, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard case .conflict(let current) = outcome else {
            Issue.record("written", sourceLocation: sourceLocation)
            return
        }
        // S3 does not say what is there.
        if let current { #expect(current.text == text, sourceLocation: sourceLocation) }
    }

    /// More than are read at once, and keys that begin with a part of the prefix only.
    @Test(arguments: StoreKind.available) func readByPrefix(kind: StoreKind) async throws {
        try await kind.run { store, other in
            let keys = ["service-ü", "service-a/b"] + (1...20).map { "service-\($0)" }
            for key in keys + ["service", "run-1", "a/service-1", "Service-1"] {
                _ = try await store.write("of \(key)", to: key, until: farFuture)
            }
            let found = try await other.documents(prefix: "service-", until: farFuture)
            #expect(found.mapValues(\.text) == Dictionary(uniqueKeysWithValues: keys.map { ($0, "of \($0)") }))
            #expect(try await other.documents(prefix: "service-a/b", until: farFuture).count == 1)
            #expect(try await other.documents(prefix: "service-a/bc", until: farFuture).isEmpty)
            #expect(try await other.documents(until: farFuture).count == keys.count + 4)
        }
    }

    @Test func aFolderReadsOnlyWhatIsAskedFor() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let store = StateStore.folder(folder.path)
            _ = try await store.write("1", to: "service-1", until: farFuture)
            // It cannot be read as a file.
            let other = folder.appending(path: "run-1.json")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: false)
            #expect(try await store.documents(prefix: "service-", until: farFuture).keys.sorted() == ["service-1"])
            await #expect(throws: StateStoreError.self) { try await store.documents(until: farFuture) }
        }
    }

    /// A store that is made of other operations need not know of prefixes.
    @Test func aStoreOfAnotherKindReadsByPrefix() async throws {
        let memory = StateStore.memory()
        let store = StateStore(
            read: { try await memory.document($0, until: $1) }, readAll: { try await memory.documents(until: $0) },
            write: { try await memory.write($0, to: $1, if: $2, expires: $3, until: $4) },
            remove: { try await memory.remove($0, if: $1, until: $2) })
        for key in ["a1", "a2", "b"] { _ = try await store.write("", to: key, until: farFuture) }
        #expect(try await store.documents(prefix: "a", until: farFuture).keys.sorted() == ["a1", "a2"])
        #expect(try await store.documents(until: farFuture).count == 3)
    }

    @Test func memoryIsBounded() async throws {
        let store = StateStore.memory(capacity: 2)
        for key in ["a", "b", "c"] { _ = try await store.write("", to: key, until: farFuture) }
        #expect(try await store.documents(until: farFuture).keys.sorted() == ["b", "c"])
    }

    @Test func aFolderHoldsOnlyItsDocuments() async throws {
        try await Workspace.withTemporaryFolder { folder in
            try Data("x".utf8).write(to: folder.appending(path: "notes.txt"))
            let store = StateStore.folder(folder.path)
            _ = try await store.write("1", to: "a", until: farFuture)
            _ = try await store.write("2", to: "a", until: farFuture)
            #expect(try await store.documents(until: farFuture).keys.sorted() == ["a"])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == [".lock", "a.json", "notes.txt"], "nothing is left beside")
        }
    }
}

@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct TableLayoutTests {
    @Test func partitionsDoNotSeeOneAnother() async throws {
        let name = "layout-\(Moto.next())"
        try await Moto.makeTable(name, key: "checker", sortKey: "endpoint")
        let stores = try ["a", "b"].map { partition in
            try StateStore.table(
                name, TableLayout(partition: ("checker", partition), key: "endpoint", document: "entry"),
                aws: Moto.aws())
        }
        _ = try await stores[0].write("1", to: "k", if: .absent, until: farFuture)
        #expect(try await stores[1].documents(until: farFuture).isEmpty)
        #expect(try await stores[1].write("2", to: "k", if: .absent, until: farFuture).isWritten)
        #expect(try await stores[0].documents(until: farFuture).mapValues(\.text) == ["k": "1"])
        _ = try await stores[0].write("3", to: "key", if: .absent, until: farFuture)
        _ = try await stores[0].write("4", to: "a-k", if: .absent, until: farFuture)
        #expect(
            try await stores[0].documents(prefix: "k", until: farFuture).mapValues(\.text) == ["k": "1", "key": "3"])
        #expect(try await stores[1].documents(prefix: "k", until: farFuture).mapValues(\.text) == ["k": "2"])
    }

    /// Items of an earlier layout are read, and replaced once only.
    @Test func anEarlierLayout() async throws {
        let name = "layout-\(Moto.next())"
        try await Moto.makeTable(name, key: "id", sortKey: nil)
        let client = try AWSClient(.dynamoDB, configuration: Moto.aws())
        _ = try await client.call(
            "PutItem", ["TableName": .string(name), "Item": ["id": ["S": "k"], "sent": ["N": "3"]]])
        var layout = TableLayout.plain
        layout.earlierLayout = { "sent \($0["sent"]?["N"]?.stringValue ?? "")" }
        let store = try StateStore.table(name, layout, aws: Moto.aws())
        let document = try await store.document("k", until: farFuture)
        #expect(document?.text == "sent 3")
        let created = try await store.write("new", to: "k", if: .absent, until: farFuture)
        #expect(created == .conflict(current: document))
        #expect(try await store.write("new", to: "k", if: .unchanged(since: document), until: farFuture).isWritten)
        #expect(try await !store.write("x", to: "k", if: .unchanged(since: document), until: farFuture).isWritten)
        #expect(try await store.document("k", until: farFuture)?.text == "new")
    }

    @Test func theTimeToLive() async throws {
        let name = "layout-\(Moto.next())"
        try await Moto.makeTable(name, key: "id", sortKey: nil)
        let store = try StateStore.table(name, .plain, aws: Moto.aws())
        let expires = Timestamp(microseconds: 1_800_000_000_000_001)
        _ = try await store.write("1", to: "k", expires: expires, until: farFuture)
        let item = try await AWSClient(.dynamoDB, configuration: Moto.aws())
            .call("GetItem", ["TableName": .string(name), "Key": ["id": ["S": "k"]]])
        #expect(item["Item"]?["expires"]?["N"] == "1800000001")
    }
}

/// What each store says when it cannot do its work.
@Suite(.timeLimit(.minutes(2))) struct StoreFailureTests {
    private func failures(of store: StateStore) async -> [StateStoreError] {
        var errors: [StateStoreError?] = []
        errors.append(await #expect(throws: StateStoreError.self) { try await store.document("k", until: farFuture) })
        errors.append(await #expect(throws: StateStoreError.self) { try await store.documents(until: farFuture) })
        errors.append(
            await #expect(throws: StateStoreError.self) { try await store.write("1", to: "k", until: farFuture) })
        errors.append(
            await #expect(throws: StateStoreError.self) {
                try await store.write("1", to: "k", if: .absent, until: farFuture)
            })
        errors.append(await #expect(throws: StateStoreError.self) { try await store.remove("k", until: farFuture) })
        return errors.compactMap { $0 }
    }

    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup")) func noTableOrBucket() async throws {
        let table = await failures(of: try .table("no-such-table", .plain, aws: Moto.aws()))
        #expect(table.map(\.code) == Array(repeating: .missing, count: 5))
        #expect(table[0].message.hasSuffix(": the table no-such-table does not exist in this account and region"))
        let bucket = await failures(of: try .bucket("no-such-bucket-here", aws: Moto.aws()))
        #expect(bucket.map(\.code) == Array(repeating: .missing, count: 5))
        #expect(bucket[0].message.contains("the bucket no-such-bucket-here does not exist"))
    }

    @Test func noFolder() async {
        let errors = await failures(of: .folder("/nowhere/states"))
        #expect(errors.map(\.code) == Array(repeating: .missing, count: 5))
        #expect(errors[0].message == "/nowhere/states/k.json: No such file or directory")
    }

    @Test(.enabled(if: getuid() != 0, "root may write everywhere")) func aFolderOfOthers() async {
        let error = await #expect(throws: StateStoreError.self) {
            try await StateStore.folder("/").write("1", to: "k", until: farFuture)
        }
        #expect(error?.code == .denied)
    }

    @Test func aKeyThatIsNoFileName() async throws {
        let store = StateStore.folder("/tmp")
        let error = await #expect(throws: StateStoreError.self) {
            try await store.document(String(repeating: "k", count: 236), until: farFuture)
        }
        #expect(error?.code == .tooLarge)
        #expect(try await store.document(String(repeating: "k", count: 235), until: farFuture) == nil)
    }

    @Test(arguments: [
        (400, #"{"__type":"ThrottlingException"}"#, StateStoreErrorCode.throttled),
        (400, #"{"__type":"ProvisionedThroughputExceededException"}"#, .throttled),
        (400, #"{"__type":"RequestLimitExceeded"}"#, .throttled),
        (400, #"{"__type":"AccessDeniedException"}"#, .denied),
        (400, #"{"__type":"ResourceNotFoundException"}"#, .missing),
        (
            400, #"{"__type":"ValidationException","message":"Item size has exceeded the maximum allowed size"}"#,
            .tooLarge
        ),
        (
            400,
            #"{"__type":"ValidationException","message":"Item size to update has exceeded the maximum allowed size"}"#,
            .tooLarge
        ),
        (400, #"{"__type":"ValidationException","message":"The provided key element does not match"}"#, .unavailable),
        (500, #"{"__type":"InternalServerError"}"#, .unavailable),
    ])
    func answersOfDynamoDB(status: Int, body: String, code: StateStoreErrorCode) async throws {
        let server = try ScriptedServer { _ in .http(status, body: body) }
        defer { server.stop() }
        let errors = await failures(of: try .table("t", .plain, aws: Moto.aws(at: server.url)))
        #expect(errors.map(\.code) == Array(repeating: code, count: 5))
    }

    @Test(arguments: [
        (503, "SlowDown", StateStoreErrorCode.throttled), (403, "AccessDenied", .denied),
        (404, "NoSuchBucket", .missing), (400, "EntityTooLarge", .tooLarge), (500, "InternalError", .unavailable),
    ])
    func answersOfS3(status: Int, name: String, code: StateStoreErrorCode) async throws {
        let server = try ScriptedServer { _ in .http(status, body: "<Error><Code>\(name)</Code></Error>") }
        defer { server.stop() }
        let errors = await failures(of: try .bucket("b", aws: Moto.aws(at: server.url)))
        #expect(errors.map(\.code) == Array(repeating: code, count: 5))
    }

    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup")) func anItemThatIsTooLarge() async throws {
        try await StoreKind.table.run { store, _ in
            let text = String(repeating: "x", count: 410_000)
            let error = await #expect(throws: StateStoreError.self) {
                try await store.write(text, to: "k", until: farFuture)
            }
            #expect(error?.code == .tooLarge)
            _ = try await store.write(String(repeating: "x", count: 390_000), to: "k", until: farFuture)
        }
    }

    @Test func aRefusalSaysWhichPermissionMayBeMissing() async throws {
        let server = try ScriptedServer { _ in
            .http(403, body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        }
        defer { server.stop() }
        let store = try StateStore.bucket("b", aws: Moto.aws(at: server.url))
        let error = await #expect(throws: StateStoreError.self) { try await store.document("k", until: farFuture) }
        #expect(
            error?.message.hasSuffix(": an object that is not there yet is refused like this without s3:ListBucket")
                == true)
    }

    /// A write whose condition fails while another one is under way, or whose object has been removed.
    @Test(arguments: [(409, "ConditionalRequestConflict"), (412, "PreconditionFailed"), (404, "NoSuchKey")])
    func conflictsOfS3(status: Int, name: String) async throws {
        let server = try ScriptedServer { _ in .http(status, body: "<Error><Code>\(name)</Code></Error>") }
        defer { server.stop() }
        let store = try StateStore.bucket("b", aws: Moto.aws(at: server.url))
        let condition = StateStore.Condition.unchanged(.init("tag"))
        #expect(try await store.write("1", to: "k", if: condition, until: farFuture) == .conflict(current: nil))
        #expect(try await store.remove("k", if: condition, until: farFuture) == false)
    }
}
