from flask import Flask

app = Flask(__name__)


@app.route("/")
def mainpage():
    return "<h1>Hello from identidock</h1>"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=9090)
