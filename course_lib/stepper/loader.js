// Unpacks the script below a picture, which is compressed so that notebooks stay small, and runs it.
(function (packed) {
  const bytes = Uint8Array.from(atob(packed), character => character.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  new Response(unpacked).text().then(code => {
    const script = document.createElement('script');
    script.textContent = code;
    document.head.append(script);
    script.remove();
  });
})
