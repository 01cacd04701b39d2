import Glibc

/// The process's `_X_AMZN_TRACE_ID`, from which X-Ray's and AWS's libraries take the trace of the running invocation.
///
/// `setenv` keeps every value it was ever given; this writes them all into one place. Only for one invocation at a time.
final class TraceVariable: @unchecked Sendable {
    private static let name = "_X_AMZN_TRACE_ID"
    /// A trace header has about 150 bytes; a longer one than this is not passed on.
    private static let capacity = 4_096
    private var storage: UnsafeMutablePointer<CChar>?

    /// Sets the variable, or removes it.
    func set(_ traceID: String?) {
        guard let traceID, traceID.utf8.count < Self.capacity - Self.name.utf8.count - 2 else {
            unsetenv(Self.name)
            return
        }
        // Never freed: the environment refers to it until the process ends.
        let storage = self.storage ?? .allocate(capacity: Self.capacity)
        self.storage = storage
        for (index, byte) in "\(Self.name)=\(traceID)".utf8CString.enumerated() { storage[index] = byte }
        putenv(storage)
    }
}
