"""The way the function's original does it, with the standard library alone: a thread for each of many URLs."""
import concurrent.futures
import sys
import urllib.request


def check(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status == 200
    except OSError:
        return False


def main():
    urls = [sys.argv[1] + str(number) for number in range(int(sys.argv[2]))]
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(len(urls), 900)) as pool:
        print(sum(pool.map(check, urls)))


main()
