import Basics
import Glibc

/// A history that has been opened: the file, or a database in memory where that cannot be used.
struct OpenedHistory {
    let connection: SQLiteConnection
    /// Nil for a history in memory.
    let path: String?
    let lock: FileLock?

    /// Opens a file and reads it into the memory.
    ///
    /// Whatever is wrong leads to a note and to a history that can be used: a file that is damaged is set aside; of one
    /// that cannot be written a copy in memory is made, as far as it can be read.
    static func open(_ path: String?, memory: HistoryMemory, now: Timestamp, note: (String) -> Void) -> OpenedHistory {
        guard let path else { return inMemory(copying: nil, memory) }
        let inMemoryOnly = "This run keeps its history in memory only"
        do throws(LocalHistoryError) {
            guard let lock = try FileLock.taken("\(path).lock") else {
                note(
                    "The history \(path) belongs to another tocsin that is running. \(inMemoryOnly): stop the other "
                        + "one, or use another folder.")
                return inMemory(copying: path, memory)
            }
            do throws(LocalHistoryError) {
                return OpenedHistory(connection: try file(path, memory), path: path, lock: lock)
            } catch {
                guard error.code == .damaged else { throw error }
                let aside = try setAside(path, at: now)
                note("The history \(path) is damaged (\(error.message)). It is kept as \(aside), and a new one begins.")
                return OpenedHistory(connection: try file(path, memory), path: path, lock: lock)
            }
        } catch {
            switch error.code {
            case .newerVersion:
                note(
                    "The history \(path) was written by a newer tocsin: \(error.message). It stays as it is. "
                        + "\(inMemoryOnly): use the newer tocsin, or move the file away.")
                return inMemory(copying: nil, memory)
            case .readOnly:
                note(
                    "The history \(path) cannot be written (\(error.message)). \(inMemoryOnly): allow writing in its "
                        + "folder.")
            case .full:
                note("The history \(path) cannot be written: there is no room on the disk. \(inMemoryOnly).")
            case .locked:
                note(
                    "The history \(path) is held by another program (\(error.message)). \(inMemoryOnly): close the other "
                        + "program and start again.")
            case .damaged, .moved, .failed:
                note("The history \(path) cannot be opened: \(error.message). \(inMemoryOnly).")
            }
            return inMemory(copying: path, memory)
        }
    }

    private static func file(_ path: String, _ memory: HistoryMemory) throws(LocalHistoryError) -> SQLiteConnection {
        let connection = try SQLiteConnection(path)
        try HistorySchema.prepare(connection)
        // A folder that became read-only, or a full disk, shows here and not after the first second.
        try connection.transaction { () throws(LocalHistoryError) in
            try connection.run("INSERT OR IGNORE INTO kept (points, since) VALUES ('tested', 0)")
            try connection.run("DELETE FROM kept WHERE points = 'tested'")
        }
        try memory.load(connection)
        return connection
    }

    /// A database in memory, with what can be read of a file.
    private static func inMemory(copying path: String?, _ memory: HistoryMemory) -> OpenedHistory {
        // Nothing of it can fail but for want of memory; then nothing is read or written.
        guard let empty = try? SQLiteConnection(":memory:") else {
            preconditionFailure("no memory for an SQLite database")
        }
        try? HistorySchema.prepare(empty)
        guard let path, access(path, R_OK) == 0 else {
            return OpenedHistory(connection: empty, path: nil, lock: nil)
        }
        for mode in [SQLiteConnection.Mode.readOnly, .immutable] {
            if let copy = try? copy(of: path, mode), (try? memory.load(copy)) != nil {
                return OpenedHistory(connection: copy, path: nil, lock: nil)
            }
        }
        return OpenedHistory(connection: empty, path: nil, lock: nil)
    }

    private static func copy(of path: String, _ mode: SQLiteConnection.Mode) throws(LocalHistoryError)
        -> SQLiteConnection
    {
        let copy = try SQLiteConnection(":memory:")
        try HistorySchema.prepare(copy)
        try copy.attach(path, mode, as: "old")
        guard try copy.number("PRAGMA old.user_version") == copy.number("PRAGMA user_version") else {
            throw LocalHistoryError(.newerVersion, "the file has another format")
        }
        for table in HistorySchema.tables {
            try copy.execute("INSERT INTO main.\(table) SELECT * FROM old.\(table)")
        }
        try copy.execute("DETACH old")
        return copy
    }

    /// Gives a file and what SQLite has beside it another name, which is returned.
    static func setAside(_ path: String, at time: Timestamp) throws(LocalHistoryError) -> String {
        let base = "\(path).damaged-\(time.iso8601Basic)"
        var name = base
        var number = 1
        while access(name, F_OK) == 0 {
            number += 1
            name = "\(base)-\(number)"
        }
        guard rename(path, name) == 0 else {
            let error = SystemError.last
            throw LocalHistoryError(
                .failed, "it is damaged, and cannot be moved to \(name): \(error)", underlying: error)
        }
        for suffix in ["-wal", "-shm"] { rename(path + suffix, name + suffix) }
        return name
    }
}

/// A lock on a file beside the history, which ends with its process however that ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Nil when another process holds it.
    /// - Throws: `LocalHistoryError` when the file cannot be made.
    static func taken(_ path: String) throws(LocalHistoryError) -> FileLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let error = SystemError.last
            let code: LocalHistoryErrorCode = error.number == ENOSPC ? .full : .readOnly
            throw LocalHistoryError(code, "\(path): \(error)", underlying: error)
        }
        let lock = FileLock(descriptor)
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? lock : nil
    }
}
