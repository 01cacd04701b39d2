import Glibc

extension TransportError {
    /// An error for a system call that failed: `cannot create an event loop: Too many open files`.
    static func system(_ action: String, _ number: Int32) -> TransportError {
        TransportError(.system, "cannot \(action): \(systemMessage(number))")
    }

    /// The C library's text for an error number.
    static func systemMessage(_ number: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let address = buffer.baseAddress, strerror_r(number, address, buffer.count) == 0 else {
                return "error \(number)"
            }
            return String(cString: address)
        }
    }
}
