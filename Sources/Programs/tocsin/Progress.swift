import SystemPackage

/// Runs a body; from the third second on its progress is shown five times a second, and cleared at the end.
/// - Parameters:
///   - text: how far the body has come.
///   - show: shows a text in the place of the one before; nil clears it.
func withProgress<Result: Sendable>(
    _ text: @Sendable @escaping () -> String, on show: @Sendable @escaping (String?) -> Void,
    of body: @Sendable @escaping () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try? await Task.sleep(for: .seconds(2))
            guard !Task.isCancelled else { return nil }
            while !Task.isCancelled {
                show(text())
                try? await Task.sleep(for: .milliseconds(200))
            }
            show(nil)
            return nil
        }
        let result = try await group.next() ?? nil
        group.cancelAll()
        _ = try await group.next()
        guard let result else { throw CancellationError() }
        return result
    }
}

/// Writes a line of progress to standard error, over the one before; nil clears it.
func showProgressLine(_ text: String?) {
    _ = try? FileDescriptor.standardError.writeAll("\r\(text ?? "")\u{1B}[K".utf8)
}
