extension Collection where Element: Sendable {
    /// What a function makes of all elements, some at the same time.
    ///
    /// At the first error no further element is begun, those that run are cancelled, and the error is thrown when they
    /// have ended.
    /// - Parameter limit: how many run at the same time, at least 1.
    /// - Returns: the results in the order of the elements.
    public func concurrentMap<Result: Sendable, Failure: Error>(
        atMost limit: Int, _ transform: @escaping @Sendable (Element) async throws(Failure) -> Result
    ) async throws(Failure) -> [Result] {
        typealias Outcome = Swift.Result<Result, Failure>
        let outcome = await withTaskGroup(of: (Int, Outcome).self) { group in
            var results: [Result?] = Array(repeating: nil, count: count)
            var failure: Failure?
            func take(_ index: Int, _ outcome: Outcome) {
                switch outcome {
                case .success(let result): results[index] = result
                case .failure(let error):
                    failure = failure ?? error
                    group.cancelAll()
                }
            }
            for (index, element) in enumerated() {
                if index >= limit, let (done, outcome) = await group.next() { take(done, outcome) }
                guard failure == nil else { break }
                group.addTask {
                    do throws(Failure) { return (index, .success(try await transform(element))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for await (done, outcome) in group { take(done, outcome) }
            if let failure { return Swift.Result<[Result], Failure>.failure(failure) }
            return .success(results.compactMap { $0 })
        }
        return try outcome.get()
    }
}
