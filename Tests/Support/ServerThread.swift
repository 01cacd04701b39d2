import Foundation

/// Starts a detached thread with a small stack, so that a thousand of them are cheap.
func startThread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.stackSize = 512 * 1024
    thread.start()
}
