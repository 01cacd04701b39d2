/// glibc's `mallopt`, which Swift's Glibc module leaves out.
@_silgen_name("mallopt")
private func mallopt(_ parameter: Int32, _ value: Int32) -> Int32

/// Settings of glibc's heap.
enum Allocator {
    private static let trimThreshold: Int32 = -1  // M_TRIM_THRESHOLD
    private static let mmapThreshold: Int32 = -3  // M_MMAP_THRESHOLD

    /// Keeps glibc from giving large payload buffers back to the kernel after every invocation, which halves the speed
    /// at 128 KB.
    static func keepLargeBuffers() {
        _ = mallopt(trimThreshold, 64 << 20)
        _ = mallopt(mmapThreshold, 32 << 20)  // the most it takes
    }
}
