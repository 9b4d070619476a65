"""Start the web chat: `python app.py`. The same as `assistant serve`, whose options it takes."""

import sys

from assistant.cli.main import main

if __name__ == "__main__":
    sys.argv.insert(1, "serve")
    main()
