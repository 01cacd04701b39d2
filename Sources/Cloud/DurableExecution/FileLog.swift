internal import Basics
internal import Glibc
internal import JSON

extension DurableRun {
    /// A run that is recorded in a file of JSON lines, for a process on one machine that may be killed at any moment.
    ///
    /// The process has the file locked; another one that wants to execute the run gets `DurableError.inUse`. Waits are
    /// real, up to the recorded end. What was recorded outlives the process; the start of a step that may run at most
    /// once, and a callback, also outlive the machine (they are synchronized). A last line that was cut is dropped.
    /// Messages to callbacks are in a file beside it, with `.callbacks` at the end of its name.
    /// - Parameter path: made when it is not there; its folder must exist.
    public static func file(_ path: String) -> DurableRun {
        DurableRun { _ in
            let file = try FileLog(path)
            return file.log
        }
    }
}

/// The file of a run, open and locked.
private final class FileLog: Sendable {
    private struct State {
        var descriptor: CInt
        /// Of whole lines; what follows is of a write that failed.
        var length: Int
        var inbox: CallbackInbox
        /// How much of the messages was read.
        var inboxLength: Int = 0
    }

    private static let header = Array("{\"durable\":1}\n".utf8)
    /// Far above any run; a wrong file must not use up the memory.
    private static let maximumBytes = 1 << 30

    private let path: String
    private let state: Locked<State>
    private let recorded: RecordedRun

    init(_ path: String) throws(DurableError) {
        self.path = path
        let descriptor = try Self.openLocked(path)
        do throws(DurableError) {
            let (recorded, length) = try Self.read(descriptor, path)
            self.recorded = recorded
            state = Locked(
                State(descriptor: descriptor, length: length, inbox: CallbackInbox(recorded.operations.values)))
        } catch {
            Self.release(descriptor)
            throw error
        }
        if length == 0 { try write(Self.header) }
        if recorded.lines > 1_000 + 4 * recorded.operations.count { try compact() }
    }

    deinit { close() }

    var log: DurableLog {
        let changes = ChangeFeed()
        var log = DurableLog(place: path, changes: changes) { updates, durability in
            try self.record(updates, durability)
            changes.tell(updates.callbacks)
        }
        (log.operations, log.result) = (Array(recorded.operations.values), recorded.result)
        log.refresh = { changes.tell(try self.refresh()) }
        log.complete = { result in try self.write(RecordLine.done(result).bytes) }
        log.close = { self.close() }
        return log
    }

    private var length: Int { state.withLock { $0.length } }

    private func close() {
        state.withLock { state in
            if state.descriptor >= 0 { Self.release(state.descriptor) }
            state.descriptor = -1
        }
    }

    /// Gives the file free and closes it.
    ///
    /// Closing alone would not: a child between its fork and its exec has a copy of the descriptor, and with it the
    /// lock.
    private static func release(_ descriptor: CInt) {
        flock(descriptor, LOCK_UN)
        Glibc.close(descriptor)
    }

    private func record(
        _ updates: [DurableUpdate], _ durability: DurableLog.Durability
    ) throws(DurableError) {
        var bytes: [UInt8] = []
        for (index, update) in updates.enumerated() {
            // The line that ends an operation makes it too: one for a step, not two.
            let isFollowed = updates.dropFirst(index + 1).contains { $0.identity == update.identity }
            if update.action == .start, isFollowed { continue }
            bytes += RecordLine.update(update).bytes
        }
        try write(bytes, isSynchronized: durability == .surviving)
        state.withLock { $0.inbox.note(updates) }
    }

    private func write(_ bytes: [UInt8], isSynchronized: Bool = false) throws(DurableError) {
        let failure = state.withLock { state -> SystemError? in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(state.descriptor, $0.baseAddress, $0.count) }
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    let failure = SystemError.last
                    // Half a line in the middle would make the whole file unreadable.
                    ftruncate(state.descriptor, state.length)
                    return failure
                }
            }
            state.length += bytes.count
            return isSynchronized && fdatasync(state.descriptor) != 0 ? .last : nil
        }
        if let failure { throw failure.described(path, "write") }
    }

    /// Reads new messages to callbacks.
    private func refresh() throws(DurableError) -> [DurableOperation] {
        let known = state.withLock { $0.inbox.isEmpty ? nil : $0.inboxLength }
        guard let known else { return [] }
        var status = stat()
        guard stat(path + callbackSuffix, &status) == 0, Int(status.st_size) > known else { return [] }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try contents(ofFile: path + callbackSuffix, limit: Self.maximumBytes)
        } catch { throw error.described(path + callbackSuffix, "read") }
        let messages = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            (try? JSONValue(parsing: Array(line))).flatMap(CallbackMessage.init)
        }
        return state.withLock { state in
            state.inboxLength = bytes.count
            return state.inbox.deliver(messages)
        }
    }
}

// MARK: - Opening

extension FileLog {
    /// Opens the file and locks it.
    private static func openLocked(_ path: String) throws(DurableError) -> CInt {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
            guard descriptor >= 0 else { throw SystemError.last.described(path, "open") }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let failure = SystemError.last
                Glibc.close(descriptor)
                guard failure.number == EWOULDBLOCK else { throw failure.described(path, "lock") }
                throw DurableError(
                    .inUse, "\(path): another process executes this run; wait until it ends, or stop it")
            }
            // The owner before may have put a compacted file in its place.
            var (own, current) = (stat(), stat())
            if fstat(descriptor, &own) == 0, stat(path, &current) == 0, own.st_ino == current.st_ino {
                return descriptor
            }
            Glibc.close(descriptor)
        }
    }

    /// Reads all lines, and cuts off a last one that is not whole.
    private static func read(_ descriptor: CInt, _ path: String) throws(DurableError) -> (RecordedRun, length: Int) {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try contents(ofDescriptor: descriptor, limit: maximumBytes)
        } catch { throw error.described(path, "read") }
        var recorded = RecordedRun()
        var start = 0
        var number = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            number += 1
            let line = bytes[start..<end]
            if number == 1 {
                guard line.elementsEqual(header.dropLast()) else { throw foreign(path) }
            } else if let line = RecordLine(line) {
                recorded.add(line)
            } else if end == bytes.count - 1 {
                break  // written when the machine went down
            } else {
                throw DurableError(
                    .unavailable, "\(path): line \(number) is damaged; restore the file, or remove it to begin anew")
            }
            start = end + 1
        }
        guard start > 0 || header.starts(with: bytes) else { throw foreign(path) }
        guard start == bytes.count || ftruncate(descriptor, start) == 0 else {
            throw SystemError.last.described(path, "write")
        }
        return (recorded, start)
    }

    private static func foreign(_ path: String) -> DurableError {
        DurableError(.unavailable, "\(path): this is no record of a durable run, or one of another version")
    }

    /// Replaces the file by one with a line for each operation.
    private func compact() throws(DurableError) {
        var bytes = Self.header
        for update in recorded.compacted { bytes += RecordLine.update(update).bytes }
        if let result = recorded.result { bytes += RecordLine.done(result).bytes }
        let draft = path + ".new"
        do throws(SystemError) {
            unlink(draft)
            let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0o600)
            guard descriptor >= 0 else { throw .last }
            let old = state.withLock { state in
                defer { (state.descriptor, state.length) = (descriptor, 0) }
                return state.descriptor
            }
            defer { Self.release(old) }
            // Locked before it gets its name, so that nobody else can come in between.
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .last }
        } catch { throw error.described(draft, "write") }
        try write(bytes, isSynchronized: true)
        guard rename(draft, path) == 0 else { throw SystemError.last.described(path, "replace") }
    }
}

let callbackSuffix = ".callbacks"

extension SystemError {
    func described(_ path: String, _ verb: String) -> DurableError {
        DurableError(.unavailable, "cannot \(verb) \(path): \(self)", underlying: self)
    }
}
