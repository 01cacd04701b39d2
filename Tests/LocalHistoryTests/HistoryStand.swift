import Basics
import CSQLite
import Foundation
import LocalHistory
import ServiceHistory
import TestSupport
import Testing

/// A history in a fresh folder, with a clock that tests move, and the notes for people.
struct HistoryStand: Sendable {
    let folder: URL
    let clock = TestClock(HistoryStand.noon)
    let limits: HistoryLimits
    private let lines = Locked<[String]>([])

    /// The start of an hour.
    static let noon = Timestamp(secondsSinceEpoch: 1_796_040_000)
    static let web = ServiceKey(.check, group: "shop", name: "web")
    static let pay = ServiceKey(.test, name: "pay")

    init(_ folder: URL, limits: HistoryLimits = HistoryLimits()) {
        self.folder = folder
        self.limits = limits
    }

    var path: String { folder.appending(path: "history.sqlite").path }

    /// What was said since it was asked last.
    func notes() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    func open() async -> HistoryDatabase {
        await HistoryDatabase.open(path, limits: limits, now: { clock.now }) { line in
            lines.withLock { $0.append(line) }
        }
    }

    /// Names of the files in the folder.
    func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

    /// One number of the file, read beside whoever has it open.
    func number(_ query: String) throws -> Int {
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        try #require(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        try #require(sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK, "\(query)")
        let code = sqlite3_step(statement)
        try #require(code == SQLITE_ROW || code == SQLITE_DONE, "\(String(cString: sqlite3_errmsg(handle)))")
        return Int(sqlite3_column_int64(statement, 0))
    }
}

extension ServiceResult {
    /// A result some seconds after noon.
    static func at(
        _ seconds: Double, _ succeeded: Bool = true, of service: ServiceKey = HistoryStand.web, took: Double? = 0.25,
        cause: String? = nil
    ) -> ServiceResult {
        ServiceResult(
            service: service, time: HistoryStand.noon + .milliseconds(Int64(seconds * 1_000)), succeeded: succeeded,
            seconds: took, cause: cause)
    }
}

/// Fills a folder with a file system of its own, for what only a full or read-only disk shows.
enum SmallDisk {
    /// Whether one can be mounted here.
    static let isPossible: Bool = {
        let result = try? Command.run("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"])
        return result?.status == 0
    }()

    static func with<R>(megabytes: Int, _ body: (URL) async throws -> R) async throws -> R {
        try await Workspace.withTemporaryFolder { folder in
            let disk = folder.appending(path: "disk")
            try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
            let mounted = try Command.run(
                "mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "none", disk.path])
            try #require(mounted.status == 0, "\(mounted.errors)")
            do {
                let result = try await body(disk)
                _ = try Command.run("umount", ["-l", disk.path])
                return result
            } catch {
                _ = try Command.run("umount", ["-l", disk.path])
                throw error
            }
        }
    }
}
