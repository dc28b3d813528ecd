// The wait page with scripts: reload when the login has ended, and count down.
// Without scripts the page reloads itself every two seconds; so it does when the
// server's events do not come through.
(function () {
  "use strict";
  var left = document.getElementById("left");
  if (!left) return;
  var leaving = false; // a button was pressed: its page must not be reloaded away
  document.addEventListener("submit", function () { leaving = true; });
  function reload() { if (!leaving) location.reload(); }
  function again() { setTimeout(reload, 2000); }
  var end = Date.now() + Number(left.dataset.seconds) * 1000;
  var over = false;
  setInterval(function () {
    var seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    left.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    if (seconds === 0 && !over) {
      over = true;
      again();
    }
  }, 250);
  if (!window.EventSource) return again();
  var events = new EventSource("/login/events");
  events.onmessage = function () {
    events.close();
    reload();
  };
  events.onerror = function () {
    if (events.readyState === EventSource.CLOSED) again(); // else it tries by itself
  };
})();
