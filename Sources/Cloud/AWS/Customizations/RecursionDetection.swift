import Basics
import Glibc

/// The trace of the running Lambda invocation, as the header `X-Amzn-Trace-Id` of the calls that it makes.
///
/// Lambda counts the hops in it and stops functions that call one another without end. The runtime changes the
/// process's variable with every invocation, so the environment that was read at the start does not have it.
@Sendable func currentTraceHeader() -> String? { traceHeader(getenv("_X_AMZN_TRACE_ID").map { String(cString: $0) }) }

func traceHeader(_ trace: String?) -> String? {
    guard let trace, !trace.isEmpty else { return nil }
    return percentEncoded(trace, keeping: "-=;:+&[]{}\"',")
}
