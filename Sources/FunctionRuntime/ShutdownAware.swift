/// A handler that has something to save when the platform ends the process.
///
/// The host then asks the platform to be told (on Lambda by registering an internal extension, which costs a request at
/// start), so conform only with a reason.
public protocol ShutdownAware: FunctionHandler {
    /// Releases what must not be lost (buffers to flush, files to close). The platform kills the process a few hundred
    /// milliseconds later. Not called after a crash, nor when the platform takes the machine away.
    func shutDown() async
}

extension ShutdownAware {
    /// Itself.
    public var shutdownAware: (any ShutdownAware)? { self }
}
