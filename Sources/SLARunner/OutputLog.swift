/// The output of one run, any bytes, bounded in memory and on disk.
///
/// Up to `Limits.memory` it is kept in memory, above that in a temporary file up to `Limits.total`. Of what comes later,
/// or does not fit on the disk, the last `Limits.tail` bytes are kept, which tell most about a failure.
public final class OutputLog {
    /// How much may be kept where, in bytes.
    public struct Limits: Sendable {
        /// In memory; also the size of a piece when the log is read.
        ///
        /// S3 wants parts of 5 MiB or more.
        public var memory = 8 << 20
        /// In memory or in the file.
        public var total = 1 << 30
        /// Of what exceeds these.
        public var tail = 1 << 20
        /// Where the temporary file goes.
        public var folder: String

        /// 8 MiB in memory, 1 GiB in all, 1 MiB of the rest.
        public init(folder: String = "/tmp") { self.folder = folder }
    }

    private let limits: Limits
    private var memory: [UInt8] = []
    private var spool: SpoolFile?
    private var isFull = false
    private var tail: [UInt8] = []
    private var count = 0

    /// An empty log.
    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Adds a piece of output.
    public func append(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        if spool == nil, !isFull, memory.count + bytes.count <= limits.memory {
            return memory.append(contentsOf: bytes)
        }
        let room = isFull ? 0 : min(bytes.count, limits.total - kept)
        let taken = room > 0 ? writeToSpool(UnsafeRawBufferPointer(rebasing: bytes[..<room])) : 0
        guard taken < bytes.count else { return }
        isFull = true
        tail.append(contentsOf: bytes[taken...])
        // Not at every piece: each removal moves the whole tail.
        if tail.count > 2 * limits.tail { tail.removeFirst(tail.count - limits.tail) }
    }

    /// How many pieces the log has, at least one.
    public var pieceCount: Int { max(1, (kept + limits.memory - 1) / limits.memory) }

    /// One piece of the log: `Limits.memory` bytes, but for the last, which also holds the tail.
    public func piece(_ index: Int) -> [UInt8] {
        let offset = index * limits.memory
        let piece = spool?.read(at: offset, length: min(limits.memory, kept - offset)) ?? memory
        return index == pieceCount - 1 ? piece + ending : piece
    }

    private var kept: Int { spool?.count ?? memory.count }

    /// The tail, after a line that says how much is missing before it.
    private var ending: [UInt8] {
        let tail = self.tail.suffix(limits.tail)
        let omitted = count - kept - tail.count
        return (omitted > 0 ? Array("\n[sla-runner: \(omitted) bytes left out here]\n".utf8) : []) + tail
    }

    /// Moves to the file all that is in memory, and then the bytes; returns how many of these it took.
    private func writeToSpool(_ bytes: UnsafeRawBufferPointer) -> Int {
        if spool == nil {
            guard let file = SpoolFile(in: limits.folder), memory.withUnsafeBytes(file.append) else { return 0 }
            (spool, memory) = (file, [])
        }
        let before = kept
        _ = spool?.append(bytes)
        return kept - before
    }
}
