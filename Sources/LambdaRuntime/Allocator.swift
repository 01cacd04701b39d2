internal import CLinux

/// Settings of glibc's heap.
enum Allocator {
    /// Keeps glibc from giving large payload buffers back to the kernel after every invocation, which halves the speed
    /// at 128 KB.
    static func keepLargeBuffers() {
        _ = mallopt(M_TRIM_THRESHOLD, 64 << 20)
        _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)  // the most it takes
    }
}
