import AWS
import Experiments

/// Runs calls; what the service refuses is told in chaosaws's words.
///
/// As `except ClientError` in Python: other failures, such as an input of the wrong form, keep their own words.
func refusals<R>(_ words: (AWSFailure) -> String, _ body: () async throws -> R) async throws -> R {
    do { return try await body() } catch let error as AWSFailure where error.error.localCode == nil {
        throw ExperimentError.failedActivity(words(error))
    }
}

/// Runs calls; whatever fails is told in chaosaws's words, as by `except Exception` in Python.
func failures<R>(_ words: (String) -> String, _ body: () async throws -> R) async throws -> R {
    do { return try await body() } catch let error as AWSFailure {
        throw ExperimentError.failedActivity(words(error.text))
    }
}

/// What a call returns; nil when it fails with one of these codes, because the resource does not exist.
func existing<R>(_ absence: Set<String>, _ body: () async throws -> R) async throws -> R? {
    do { return try await body() } catch let error as AWSFailure where absence.contains(error.code) { return nil }
}
